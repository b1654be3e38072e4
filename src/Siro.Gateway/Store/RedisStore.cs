using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

/// <summary>
/// The gateway's one way to Redis. Commands fail fast: nothing is queued while the store is away, and none waits
/// much longer than a second. All failures of the store are <see cref="StoreUnavailableException"/>.
/// A command that failed or was given up may have run, or may still run.
/// </summary>
internal sealed partial class RedisStore(
    ISettings<RedisOptions> redis, ISettings<StoreOptions> options, ILogger<RedisStore> logger) : IStoreHealth, IAsyncDisposable
{
    /// <summary>When a write counts as kept.</summary>
    public StoreDurability Durability { get; } =
        StoreDurability.Parse(options.Current.Durability);

    /// <summary>Runs a script whose effect may be lost with the server (reads, leases, counters, caches).</summary>
    /// <exception cref="StoreUnavailableException">Not answered in time; the script may have run.</exception>
    public Task<RedisResult> RunAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken) =>
        GuardAsync(
            async token =>
            {
                var connection = await ConnectionAsync(token);
                return await EvaluateAsync(connection.GetDatabase(), script, keys, arguments).WaitOrAbandonAsync(token);
            },
            cancellationToken);

    /// <summary>
    /// Runs a script whose effect is about to be acknowledged to somebody: returns when the store holds it as
    /// <c>Store:Durability</c> says. When it throws, the effect may be there all the same.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Not answered in time, or not confirmed; the script may have run.</exception>
    public Task<RedisResult> CommitAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken) =>
        Durability.Mode == DurabilityMode.Replicas
            ? GuardAsync(token => EvaluateConfirmedAsync(script, keys, arguments, token), cancellationToken)
            : RunAsync(script, keys, arguments, cancellationToken);

    /// <summary>Runs plain commands, for what needs no script: reads, and writes that need no confirmation.</summary>
    /// <exception cref="StoreUnavailableException">Not answered in time; a write may have run.</exception>
    public Task<T> QueryAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken) =>
        GuardAsync(
            async token =>
            {
                var connection = await ConnectionAsync(token);
                return await command(connection.GetDatabase()).WaitOrAbandonAsync(token);
            },
            cancellationToken);

    private static async Task<RedisResult> EvaluateAsync(IDatabase database, RedisScript script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(script.Hash, keys, arguments);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // EVAL also loads the script on the node that serves the slot, so the next EVALSHA there finds it.
            return await database.ScriptEvaluateAsync(script.Text, keys, arguments, CommandFlags.NoScriptCache);
        }
    }
}
