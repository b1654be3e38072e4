using System.Globalization;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>The store: reachable, version, kind, persistence as <c>Store:Durability</c> needs, eviction, memory, latency, clock.</summary>
internal static class StoreCheck
{
    private const string Area = "store";
    private static readonly Version Oldest = new(6, 2);

    public static async Task RunAsync(IConfiguration configuration, Findings findings, CancellationToken cancellationToken)
    {
        if (configuration["Redis:Configuration"] is not { Length: > 0 } text)
        {
            return;
        }

        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(text, ignoreUnknown: true);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return;
        }

        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 3000;
        options.ConnectRetry = 1;
        options.AsyncTimeout = 3000;
        options.IncludeDetailInExceptions = false;
        options.ClientName = "siro-gateway-doctor";
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            var durability = StoreDurability.Parse(configuration["Store:Durability"] ?? "fsync");
            foreach (var server in connection.GetServers().Where(s => s.IsConnected && !s.IsReplica))
            {
                await ExamineAsync(server, Name(server, connection), durability, findings).WaitAsync(cancellationToken);
            }

            await LatencyAsync(connection, findings, cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            var refused = e.Message.Contains("WRONGPASS", StringComparison.Ordinal) || e.Message.Contains("NOAUTH", StringComparison.Ordinal) || e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };
            findings.Fail(
                Area, "connection", refused ? "the server refuses the user or the password" : "the server can't be reached",
                refused ? "Correct user and password in Redis:Configuration." : "Check Redis:Configuration, the network between, and whether the server runs. Without a store the gateway proxies with what it has in memory and takes no uploads, calls or webhooks.");
        }
    }

    private static async Task ExamineAsync(IServer server, string name, StoreDurability durability, Findings findings)
    {
        var info = await InfoAsync(server);
        Version(info, name, server, findings);
        await PersistenceAsync(server, name, info, durability, findings);
        Memory(info, name, findings);
        var skew = TimeProvider.System.GetUtcNow() - new DateTimeOffset(await server.TimeAsync(), TimeSpan.Zero);
        if (skew.Duration() > TimeSpan.FromSeconds(5))
        {
            findings.Warn(Area, name + " clock", Invariant($"differs by {skew.TotalSeconds:0} s from this machine's"), "Synchronize both clocks (NTP). Leases and windows follow the store's clock; signatures and tokens follow this machine's.");
        }
        else
        {
            findings.Ok(Area, name + " clock", Invariant($"within {Math.Ceiling(skew.Duration().TotalSeconds):0} s of this machine's"));
        }
    }

    private static void Version(Dictionary<string, string> info, string name, IServer server, Findings findings)
    {
        var kind = info.ContainsKey("garnet_version") ? "Garnet" : "Redis";
        var version = info.GetValueOrDefault("garnet_version") ?? info.GetValueOrDefault("redis_version") ?? server.Version.ToString();
        var mode = server.ServerType switch { ServerType.Cluster => "cluster", ServerType.Sentinel => "sentinel", _ => info.GetValueOrDefault("redis_mode") ?? "standalone" };
        var replicas = info.GetValueOrDefault("connected_slaves") ?? "0";
        if (kind == "Redis" && System.Version.TryParse(version, out var parsed) && parsed < Oldest)
        {
            findings.Fail(Area, name, $"{kind} {version} is too old", $"Take Redis {Oldest} or later.");
            return;
        }

        findings.Ok(Area, name, $"{kind} {version}, {mode}, {replicas} replica(s)");
    }

    private static async Task PersistenceAsync(IServer server, string name, Dictionary<string, string> info, StoreDurability durability, Findings findings)
    {
        var subject = name + " durability";
        if (durability.Mode == DurabilityMode.Relaxed)
        {
            findings.Warn(Area, subject, "Store:Durability is relaxed: what was acknowledged can be lost with the server", "Right for a trial. In production use fsync or replicas:N.");
            return;
        }

        if (durability.Mode == DurabilityMode.Replicas)
        {
            var connected = int.Parse(info.GetValueOrDefault("connected_slaves") ?? "0", CultureInfo.InvariantCulture);
            if (connected >= durability.Replicas)
            {
                findings.Ok(Area, subject, $"{durability}: {connected} replica(s) are connected");
            }
            else
            {
                findings.Fail(Area, subject, $"{durability}, and {connected} replica(s) are connected: no upload, call or webhook can be acknowledged", "Add replicas, or lower N in Store:Durability.");
            }

            return;
        }

        switch (await ConfigAsync(server, "appendonly"), await ConfigAsync(server, "appendfsync"))
        {
            case ("yes", "always"):
                findings.Ok(Area, subject, "fsync: appendonly yes, appendfsync always");
                break;
            case (null, _) or (_, null):
                findings.Warn(Area, subject, "the server does not tell its persistence settings", "A managed service or Garnet: see docs/redis.md for what to set there. With replicas, Store:Durability replicas:1 can be checked.");
                break;
            case var (log, sync):
                findings.Fail(Area, subject, $"Store:Durability is fsync, and the server has appendonly {log}, appendfsync {sync}: what was acknowledged can be lost", "CONFIG SET appendonly yes and appendfsync always (and in redis.conf), or set Store:Durability to replicas:N.");
                break;
        }
    }

    private static void Memory(Dictionary<string, string> info, string name, Findings findings)
    {
        var policy = info.GetValueOrDefault("maxmemory_policy");
        var limit = long.TryParse(info.GetValueOrDefault("maxmemory"), CultureInfo.InvariantCulture, out var most) ? most : 0;
        var used = long.TryParse(info.GetValueOrDefault("used_memory"), CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        if (policy is null)
        {
            findings.Warn(Area, name + " eviction", "the server does not tell its eviction policy", "It must be noeviction: an evicted key is a lost event or upload.");
        }
        else if (policy != "noeviction")
        {
            findings.Fail(Area, name + " eviction", $"maxmemory-policy is {policy}: under pressure the server would throw events and uploads away", "CONFIG SET maxmemory-policy noeviction (and in redis.conf).");
        }
        else
        {
            findings.Ok(Area, name + " eviction", "noeviction");
        }

        if (limit > 0 && used > limit * 0.8)
        {
            findings.Warn(Area, name + " memory", Invariant($"{used / 1048576.0:0} MB of {limit / 1048576.0:0} MB are used"), "Raise maxmemory, or shorten Webhooks:Retention and Uploads:Retention; see docs/redis.md.");
        }
        else
        {
            findings.Ok(Area, name + " memory", limit == 0 ? Invariant($"{used / 1048576.0:0} MB used, no limit") : Invariant($"{used / 1048576.0:0} MB of {limit / 1048576.0:0} MB used"));
        }
    }

    private static async Task LatencyAsync(ConnectionMultiplexer connection, Findings findings, CancellationToken cancellationToken)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < 20; i++)
        {
            times.Add(await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken));
        }

        times.Sort();
        var (median, worst) = (times[10].TotalMilliseconds, times[^1].TotalMilliseconds);
        if (median > 10)
        {
            findings.Warn(Area, "latency", Invariant($"median {median:0.0} ms, worst {worst:0.0} ms of 20"), "Put gateway and store into one zone: an acknowledged webhook takes a few round trips.");
        }
        else
        {
            findings.Ok(Area, "latency", Invariant($"median {median:0.0} ms, worst {worst:0.0} ms of 20"));
        }
    }

    private static async Task<Dictionary<string, string>> InfoAsync(IServer server)
    {
        var lines = ((string?)await server.ExecuteAsync("INFO") ?? "").Split('\n', StringSplitOptions.TrimEntries);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines.Where(l => l.Contains(':', StringComparison.Ordinal)))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            values[line[..colon]] = line[(colon + 1)..];
        }

        return values;
    }

    private static async Task<string?> ConfigAsync(IServer server, string setting)
    {
        try
        {
            var answer = await server.ExecuteAsync("CONFIG", "GET", setting);
            return answer.Length == 2 ? (string?)answer[1] : null;
        }
        catch (RedisServerException)
        {
            // Forbidden to this user, or not known to this server.
            return null;
        }
    }

    private static string Name(IServer server, ConnectionMultiplexer connection) =>
        connection.GetServers().Count(s => s.IsConnected && !s.IsReplica) > 1 ? "node " + server.EndPoint : "server";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
