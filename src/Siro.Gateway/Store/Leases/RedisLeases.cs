using System.Globalization;
using Siro.Gateway.Common;
using StackExchange.Redis;

namespace Siro.Gateway.Store.Leases;

internal sealed partial class RedisLeases(RedisStore store, StoreClock clock, Randomness randomness, ILogger<RedisLeases> logger) : ILeases
{
    private static readonly RedisScript Acquire = RedisScript.Load("Store/Leases/Scripts/acquire");
    private static readonly RedisScript Renew = RedisScript.Load("Store/Leases/Scripts/renew");
    private static readonly RedisScript Release = RedisScript.Load("Store/Leases/Scripts/release");

    public async Task<Lease?> TryAcquireAsync(string name, TimeSpan ttl, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ttl, TimeSpan.FromHours(1));

        // A new owner name for every try: a command that was given up and runs later takes the lease for nobody, and it runs out.
        var owner = randomness.Id("lease");
        var sentAt = clock.Timestamp();
        var fence = (long)await store.RunAsync(Acquire, [LeaseKeys.Of(name)], [owner, Milliseconds(ttl)], cancellationToken);
        return fence == 0 ? null : new Lease(this, clock, name, owner, fence, ttl, sentAt);
    }

    internal async Task<bool> RenewAsync(string name, string owner, long fence, TimeSpan ttl, CancellationToken cancellationToken) =>
        (int)await store.RunAsync(Renew, [LeaseKeys.Of(name)], [owner, fence, Milliseconds(ttl)], cancellationToken) == 1;

    internal async Task ReleaseAsync(string name, string owner, long fence)
    {
        try
        {
            await store.RunAsync(Release, [LeaseKeys.Of(name)], [owner, fence], CancellationToken.None);
        }
        catch (StoreUnavailableException e)
        {
            Log.NotReleased(logger, name, e.Message);
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static partial class Log
    {
        [LoggerMessage(1211, LogLevel.Debug, "Lease {Name} could not be given back and runs out by itself: {Reason}")]
        public static partial void NotReleased(ILogger logger, string name, string reason);
    }
}
