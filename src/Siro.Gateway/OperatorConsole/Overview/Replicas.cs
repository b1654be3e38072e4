using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Telemetry;
using StackExchange.Redis;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>A replica as it last said of itself.</summary>
/// <param name="Status"><c>ready</c>, <c>degraded</c>, <c>stopping</c>; <c>lost</c> when nothing was heard of it for half a minute.</param>
internal sealed record Replica(string Name, string Version, string Status, DateTimeOffset StartedAt, DateTimeOffset SeenAt);

/// <summary>Each replica says every ten seconds that it is there; the list is what was said in the last hour.</summary>
internal sealed class Replicas(RedisStore store, IStoreHealth health, DrainService drain, Randomness randomness, StoreClock clock,
    TimeProvider time, ILogger<Replicas> logger) : PeriodicService(clock.Time, logger)
{
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly string _name = $"{Environment.MachineName}-{randomness.Id("r")[2..8]}";

    /// <summary>This replica's version.</summary>
    public static string Version { get; } = typeof(Replicas).Assembly.GetName().Version?.ToString(3) ?? "";

    public async Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var all = await store.QueryAsync(database => database.HashGetAllAsync(ConsoleKeys.Replicas), cancellationToken);
        return [.. all.Select(r => JsonSerializer.Deserialize<Replica>(r.Value.ToString(), JsonSerializerOptions.Web)).OfType<Replica>()
            .Where(r => now - r.SeenAt < Forgotten && (r.Status != "stopping" || now - r.SeenAt < Lost))
            .Select(r => now - r.SeenAt > Lost ? r with { Status = "lost" } : r)
            .OrderBy(r => r.StartedAt)];
    }

    protected override TimeSpan Pause => TimeSpan.FromSeconds(10);

    protected override Task RoundAsync(CancellationToken stoppingToken) => SayAsync();

    /// <summary>That it stops.</summary>
    protected override Task EndAsync() => SayAsync();

    private Task SayAsync()
    {
        var now = time.GetUtcNow();
        var self = new Replica(
            _name, Version, drain.IsDraining ? "stopping" : health.Current.Available ? "ready" : "degraded", _started, now);

        // Nobody takes a replica out that died: so each removes what is old.
        return store.QueryAsync(
            async database =>
            {
                await database.HashSetAsync(ConsoleKeys.Replicas, _name, JsonSerializer.Serialize(self, JsonSerializerOptions.Web));
                var all = await database.HashGetAllAsync(ConsoleKeys.Replicas);
                RedisValue[] old =
                    [.. all.Where(r => JsonSerializer.Deserialize<Replica>(r.Value.ToString(),
                    JsonSerializerOptions.Web) is not { } other || now - other.SeenAt > Forgotten).Select(r => r.Name)];
                return old.Length > 0 ? await database.HashDeleteAsync(ConsoleKeys.Replicas, old) : 0;
            },
            CancellationToken.None);
    }
}
