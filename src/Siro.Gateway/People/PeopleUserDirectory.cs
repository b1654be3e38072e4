using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.People;

/// <summary>The acting user behind an email, from the organization's users. Disabled users act for nobody.</summary>
internal sealed class PeopleUserDirectory(PeopleDirectory people) : IUserDirectory
{
    public async ValueTask<UserLookup> ResolveAsync(OrganizationKey organization, string idOrEmail, CancellationToken cancellationToken)
    {
        if (!idOrEmail.Contains('@', StringComparison.Ordinal))
        {
            return UserLookup.Of(new UserId(idOrEmail));
        }

        try
        {
            var found = (await people.FindAsync(organization, PersonKey.Email, idOrEmail, ClientName.Gateway, cancellationToken)).Where(
                p => !p.Disabled).Select(p => p.Id).Distinct(StringComparer.Ordinal).ToList();
            return found switch
            {
                [] => UserLookup.Unknown,
                [var id] => UserLookup.Of(new UserId(id)),
                _ => UserLookup.Ambiguous,
            };
        }
        catch (Exception e) when (e is ProblemException or HttpRequestException or StoreUnavailableException)
        {
            return UserLookup.Unavailable;
        }
    }
}
