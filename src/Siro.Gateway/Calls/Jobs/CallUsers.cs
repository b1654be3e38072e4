using Siro.Gateway.Access;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>
/// Whose token a call's upload uses: the user that was stored with it, else the default of its source's client as it is configured now,
/// else the organization's; never somebody else in place of one that is named. An email is looked up here, when the call runs, because a
/// provider's notification waits for nobody's answer.
/// </summary>
internal sealed class CallUsers(SourceRegistry sources, IUserDirectory users, ISettings<SiroOptions> siro)
{
    /// <summary>Throws <see cref="Common.ProblemException"/> when the organization's users can't be read.</summary>
    public async ValueTask<UserLookup> FindAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (call.ActingUser is { } stored)
        {
            return UserLookup.Of(stored);
        }

        var named = sources.Find(call.Source) is { } source && sources.DefaultUser(source) is { } user
            ? user
            : siro.Current.Find(call.Organization)?.DefaultUserId;
        return string.IsNullOrEmpty(named) ? UserLookup.Unknown : await users.ResolveAsync(call.Organization, named, cancellationToken);
    }
}
