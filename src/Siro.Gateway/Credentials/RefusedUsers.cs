using System.Collections.Concurrent;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// How many users each client has named lately for whom Siro gives no token. Each costs a mint, and mints come before all other requests:
/// a client that names one unknown user after the other would use up the budget of the whole organization.
/// </summary>
internal sealed class RefusedUsers(TimeProvider time, CredentialTimings timings)
{
    private readonly ConcurrentDictionary<(OrganizationKey Organization, ClientName Client), Count> _counts = new();

    /// <summary>
    /// After how long this client may name users again whose token is not here; null where it may. The gateway itself always may: it
    /// names only users that had a token.
    /// </summary>
    public TimeSpan? Wait(OrganizationKey organization, ClientName client)
    {
        if (client == ClientName.Gateway || !_counts.TryGetValue((organization, client), out var count))
        {
            return null;
        }

        lock (count)
        {
            var left = timings.RefusedUsersWithin - time.GetElapsedTime(count.Began);
            return count.Users >= timings.MostRefusedUsers && left > TimeSpan.Zero ? left : null;
        }
    }

    /// <summary>Siro refused a user whom this client had named.</summary>
    public void Note(OrganizationKey organization, ClientName client)
    {
        var count = _counts.GetOrAdd((organization, client), static (_, now) => new Count { Began = now }, time.GetTimestamp());
        lock (count)
        {
            if (time.GetElapsedTime(count.Began) >= timings.RefusedUsersWithin)
            {
                (count.Began, count.Users) = (time.GetTimestamp(), 0);
            }

            count.Users++;
        }
    }

    private sealed class Count
    {
        public long Began { get; set; }

        public int Users { get; set; }
    }
}
