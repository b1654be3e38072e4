using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// Does what the gateway does all day: a round trip, a confirmed write, a script. Each is a line, so that a full disk or a missing right is
/// seen here first.
/// </summary>
internal static class StoreProbe
{
    private const int Times = 20;

    public static async Task RunAsync(
        ConnectionMultiplexer connection, IReadOnlyList<IServer> primaries, CheckResults results, CancellationToken cancellationToken)
    {
        if (primaries.Any(p => p.ServerType == ServerType.Cluster))
        {
            await ClusterAsync(primaries, results, cancellationToken);
        }

        var database = connection.GetDatabase();
        var round = await TimeAsync(() => database.PingAsync(), cancellationToken);
        if (round.Median > 10)
        {
            results.Warn(StoreCheck.Area, "latency", round.ToString(),
                "Put gateway and store into one zone: an acknowledged webhook takes a few round trips.");
        }
        else
        {
            results.Ok(StoreCheck.Area, "latency", round.ToString());
        }

        // Keys of their own for each slot: in a cluster the writes reach every node.
        var randomness = new Randomness();
        var keys = Enumerable.Range(0, Times).Select(_ => (RedisKey)DoctorKeys.Probe(randomness.Id("probe"))).ToArray();
        try
        {
            var next = 0;
            var written = await TimeAsync(
                () => database.StringSetAsync(keys[next++], "doctor", TimeSpan.FromMinutes(1)), cancellationToken);
            foreach (var key in keys)
            {
                // The client's own way is UNLINK, which the gateway has no need of and no right to.
                await database.ExecuteAsync("DEL", [key]).WaitAsync(cancellationToken);
            }

            if (written.Median > 50)
            {
                results.Warn(StoreCheck.Area, "writes", written.ToString(),
                    "Each acknowledged webhook waits for this at least once: give the store's log a faster disk.");
            }
            else
            {
                results.Ok(StoreCheck.Area, "writes", written.ToString());
            }

            await database.ScriptEvaluateAsync("return redis.call('TIME')[1]").WaitAsync(cancellationToken);
            results.Ok(StoreCheck.Area, "scripts", "Lua runs");
        }
        catch (RedisServerException e)
        {
            var code = e.Message.Split(' ', 2)[0];
            results.Fail(StoreCheck.Area, "writes",
                $"the store refuses writes or scripts ({code}): no upload, call or webhook can be taken", StoreCheck.Refusal(code));
        }
    }

    private static async Task ClusterAsync(IReadOnlyList<IServer> primaries, CheckResults results, CancellationToken cancellationToken)
    {
        try
        {
            var info = (string?)await primaries[0].ExecuteAsync("CLUSTER", "INFO").WaitAsync(cancellationToken) ?? "";
            if (info.Contains("cluster_state:ok", StringComparison.Ordinal))
            {
                results.Ok(StoreCheck.Area, "cluster", $"every slot is served, {primaries.Count} primaries");
            }
            else
            {
                results.Fail(StoreCheck.Area, "cluster",
                    "not every slot is served: a part of the organizations and subscriptions stands still",
                    StoreCheck.Refusal("CLUSTERDOWN"));
            }
        }
        catch (RedisServerException)
        {
            results.Warn(StoreCheck.Area, "cluster", "does not tell its state", "Allow its user CLUSTER (docs/redis.md, ACL).");
        }
    }

    private static async Task<Latency> TimeAsync(Func<Task> command, CancellationToken cancellationToken)
    {
        var times = new List<double>(Times);
        for (var i = 0; i < Times; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await command().WaitAsync(cancellationToken);
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return new Latency(times[Times / 2], times[^1]);
    }

    /// <summary>In milliseconds.</summary>
    private sealed record Latency(double Median, double Worst)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"median {Median:0.0} ms, worst {Worst:0.0} ms of {Times}");
    }
}
