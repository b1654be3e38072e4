using System.Collections.Concurrent;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// Garnets whose test class has ended, emptied for the next one. Each compiles itself for about three seconds of processor time, which a
/// hundred classes would pay a hundred times, and a cold one answers late. An assembly that wants them says
/// <c>[assembly: AssemblyFixture(typeof(GarnetPool))]</c>; elsewhere each class starts its own.
/// </summary>
public sealed class GarnetPool : IAsyncDisposable
{
    private static GarnetPool? _current;
    private readonly ConcurrentBag<GarnetServer> _free = [];

    public GarnetPool() => Volatile.Write(ref _current, this);

    /// <summary>One that is running, or a new one. Dispose it: that gives it back.</summary>
    public static async Task<GarnetServer> TakeAsync()
    {
        var pool = Volatile.Read(ref _current);
        if (pool is not null && pool._free.TryTake(out var free))
        {
            return free;
        }

        var started = await GarnetServer.StartAsync();
        started.Pool = pool;
        return started;
    }

    /// <summary>Keeps it for the next class.</summary>
    internal void Return(GarnetServer server) => _free.Add(server);

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _current, null);
        while (_free.TryTake(out var server))
        {
            await server.EndAsync();
        }
    }
}
