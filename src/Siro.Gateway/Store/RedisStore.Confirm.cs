using System.Globalization;
using Siro.Gateway.Common;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

internal sealed partial class RedisStore
{
    /// <summary>
    /// WAIT counts replicas for the writes of its own connection. Were the connection replaced between script and WAIT,
    /// the new one has written nothing and WAIT would be satisfied at once, so the connection's id is asked before and
    /// after: all four commands are written back to back, and differing ids mean unconfirmed.
    /// </summary>
    private async Task<RedisResult> EvaluateConfirmedAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var connection = await ConfirmingConnectionAsync(cancellationToken);
        var server = connection.GetServer(keys[0]);
        try
        {
            return await ConfirmAsync(server, "EVALSHA", script.Hash, keys, arguments).WaitOrAbandonAsync(cancellationToken);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await ConfirmAsync(server, "EVAL", script.Text, keys, arguments).WaitOrAbandonAsync(cancellationToken);
        }
    }

    private async Task<RedisResult> ConfirmAsync(IServer server, string verb, RedisValue script, RedisKey[] keys, RedisValue[] arguments)
    {
        var call = new List<object>(2 + keys.Length + arguments.Length) { script, keys.Length };
        foreach (var key in keys)
        {
            call.Add(key);
        }

        foreach (var argument in arguments)
        {
            call.Add(argument);
        }

        var before = server.ExecuteAsync("CLIENT", "ID");
        var answer = server.ExecuteAsync(verb, call);
        var confirmed = server.ExecuteAsync("WAIT", Durability.Replicas.ToString(CultureInfo.InvariantCulture), "500");
        var after = server.ExecuteAsync("CLIENT", "ID");
        Task all = Task.WhenAll(before, answer, confirmed, after);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var result = await answer;
        await all;
        if ((long)await before != (long)await after)
        {
            throw new StoreUnavailableException("The connection to the store changed before replicas had confirmed.");
        }

        var count = (int)await confirmed;
        return count >= Durability.Replicas
            ? result
            : throw new StoreUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"{count} of {Durability.Replicas} replicas confirmed in time."));
    }
}
