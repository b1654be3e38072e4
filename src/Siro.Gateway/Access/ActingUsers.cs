using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>
/// Decides on whose behalf a call runs: <c>Siro-User</c> where the client may act for that user,
/// else the client's <c>DefaultUser</c>, else the organization's. Never somebody else in place of one that was named.
/// </summary>
internal sealed class ActingUsers(IUserDirectory directory, ISettings<SiroOptions> siro)
{
    /// <summary>The user, null where none is named or configured; or the problem that ends the call.</summary>
    /// <param name="needed">False where the call can do without (the external host): a default that can't be resolved is then left
    /// out.</param>
    public async ValueTask<(UserId? User, Problem? Problem)> DecideAsync(
        Client client, OrganizationKey organization, string? named, bool needed, CancellationToken cancellationToken)
    {
        if (named is not null)
        {
            return await NamedAsync(client, organization, named, cancellationToken);
        }

        var fallback = string.IsNullOrEmpty(client.Options.DefaultUser)
            ? siro.Current.Find(organization)?.DefaultUserId
            : client.Options.DefaultUser;
        if (string.IsNullOrEmpty(fallback))
        {
            return (null, null);
        }

        var found = await ResolveAsync(organization, fallback, cancellationToken);
        return found.Outcome switch
        {
            UserLookupOutcome.Found => (found.User, null),
            _ when !needed => (null, null),
            UserLookupOutcome.Unavailable => (null, Unavailable),
            _ => (null, new Problem(403, "user_forbidden", "The default user of this client is not a user of the organization.")),
        };
    }

    private async ValueTask<(UserId? User, Problem? Problem)> NamedAsync(
        Client client, OrganizationKey organization, string named, CancellationToken cancellationToken)
    {
        if (!UserReference.IsWellFormed(named) || (!client.ActsForAnyone && client.Options.Users.Count == 0))
        {
            return (null, Forbidden);
        }

        var found = await ResolveAsync(organization, named, cancellationToken);
        if (found.User is not { } user)
        {
            return (null, found.Outcome == UserLookupOutcome.Unavailable ? Unavailable : Forbidden);
        }

        if (client.ActsForAnyone)
        {
            return (user, null);
        }

        var uncertain = false;
        foreach (var allowed in client.Options.Users)
        {
            var candidate = await ResolveAsync(organization, allowed, cancellationToken);
            if (candidate.User == user)
            {
                return (user, null);
            }

            uncertain |= candidate.Outcome == UserLookupOutcome.Unavailable;
        }

        return (null, uncertain ? Unavailable : Forbidden);
    }

    /// <summary>Ids need no look-up, so that calls by id make none.</summary>
    private ValueTask<UserLookup> ResolveAsync(OrganizationKey organization, string reference, CancellationToken cancellationToken) =>
        UserReference.IsEmail(reference)
            ? directory.ResolveAsync(organization, reference, cancellationToken)
            : ValueTask.FromResult(UserLookup.Of(new UserId(reference)));

    private static readonly Problem Forbidden = new(403, "user_forbidden", "This client may not act for the user named by Siro-User.");

    private static readonly Problem Unavailable = new(
        503, "user_lookup_unavailable", "The user's email can't be looked up at Siro now.") { RetryAfter = TimeSpan.FromSeconds(5) };
}
