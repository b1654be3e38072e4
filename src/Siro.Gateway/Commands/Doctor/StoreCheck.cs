using System.Globalization;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// The store: reachable, version, kind, persistence as <c>Store:Durability</c> needs, eviction, memory, clock; then whether it works
/// (<see cref="StoreProbe"/>).
/// </summary>
internal static class StoreCheck
{
    internal const string Area = "store";
    private const string Meanwhile =
        "Without a store the gateway proxies with what it has in memory and takes no uploads, calls or webhooks.";
    private static readonly Version Oldest = new(6, 2);

    public static async Task RunAsync(IConfiguration configuration, CheckResults results, CancellationToken cancellationToken)
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
        options.ConnectTimeout = 2000;
        options.ConnectRetry = 1;
        options.AsyncTimeout = 3000;
        options.IncludeDetailInExceptions = false;
        options.ClientName = "siro-gateway-doctor";
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
            if (string.IsNullOrEmpty(options.ServiceName) && connection.GetServers().Any(s => s.ServerType == ServerType.Sentinel))
            {
                results.Fail(Area, "connection", "what answers is a sentinel, and the configuration names no service",
                    "Add serviceName= and the name under which the sentinels watch the primary to Redis:Configuration.");
                return;
            }

            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            var durability = StoreDurability.Parse(configuration["Store:Durability"] ?? "fsync");
            var primaries = connection.GetServers().Where(s => s.IsConnected && !s.IsReplica).ToList();
            if (primaries.Count == 0)
            {
                results.Fail(Area, "connection", "what answers is a replica: it takes no writes",
                    "Name the primary in Redis:Configuration, or the sentinels with serviceName=.");
                return;
            }

            foreach (var server in primaries)
            {
                await ExamineAsync(server, primaries.Count > 1 ? "node " + server.EndPoint : "server", options.ServiceName, durability,
                    results).WaitAsync(cancellationToken);
            }

            await StoreProbe.RunAsync(connection, primaries, results, cancellationToken);
        }
        catch (Exception e) when (e is RedisServerException || BrokenConnection.Is(e))
        {
            Unreachable(e, options, results);
        }
    }

    private static void Unreachable(Exception e, ConfigurationOptions options, CheckResults results)
    {
        if (e is RedisServerException)
        {
            var code = e.Message.Split(' ', 2)[0];
            results.Fail(Area, "connection", $"the server refuses to work ({code})", Refusal(code));
        }
        else if (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
            || e.Message.Contains("WRONGPASS", StringComparison.Ordinal) || e.Message.Contains("NOAUTH", StringComparison.Ordinal))
        {
            results.Fail(
                Area, "connection", "the server refuses the user or the password", "Correct user and password in Redis:Configuration.");
        }
        else if (!string.IsNullOrEmpty(options.ServiceName))
        {
            results.Fail(
                Area, "connection", $"no sentinel names a primary that answers for '{options.ServiceName}'",
                "Check user and password, then ask a sentinel: 'redis-cli -p 26379 SENTINEL get-master-addr-by-name "
                    + $"{options.ServiceName}'. Its answer must be an address that the gateway reaches; the name stands in "
                    + $"Redis:Configuration as serviceName. {Meanwhile}");
        }
        else
        {
            results.Fail(Area, "connection", "the server can't be reached",
                $"Check Redis:Configuration, the network between, and whether the server runs. {Meanwhile}");
        }
    }

    /// <summary>What to do about an error that the server answers with, by its first word.</summary>
    internal static string Refusal(string code) => code switch
    {
        "LOADING" => "It reads its log after a restart: wait. The gateway goes on by itself.",
        "MISCONF" => "It can't write its log or snapshot: look at its disk and its own log.",
        "OOM" => "It is full: raise maxmemory, or shorten Webhooks:Retention and Uploads:Retention; see docs/redis.md.",
        "READONLY" => "It is a replica: name the primary in Redis:Configuration, or the sentinels with serviceName=.",
        "NOPERM" => "Its user may not do this: give it the rights in docs/redis.md, ACL.",
        "CLUSTERDOWN" => "Slots are without a node: look at 'CLUSTER INFO' and 'CLUSTER NODES'.",
        "NOREPLICAS" => "Too few replicas are connected for its min-replicas-to-write.",
        _ => "Look at the server's own log.",
    };

    private static async Task ExamineAsync(
        IServer server, string name, string? serviceName, StoreDurability durability, CheckResults results)
    {
        var info = await InfoAsync(server);
        Version(info, name, server, serviceName, results);
        await PersistenceAsync(server, name, info, durability, results);
        Memory(info, name, results);
        Clock(await server.TimeAsync(), name, results);
    }

    private static void Clock(DateTime theirs, string name, CheckResults results)
    {
        var skew = TimeProvider.System.GetUtcNow() - new DateTimeOffset(theirs, TimeSpan.Zero);
        if (skew.Duration() > TimeSpan.FromSeconds(5))
        {
            results.Warn(Area, name + " clock",
                Invariant($"differs by {Math.Ceiling(skew.Duration().TotalSeconds):0} s from this machine's, which is ")
                    + (skew > TimeSpan.Zero ? "ahead" : "behind"),
                "Synchronize both clocks (NTP). Leases and windows follow the store's clock; signatures and tokens follow this machine's.");
        }
        else
        {
            results.Ok(Area, name + " clock", Invariant($"within {Math.Ceiling(skew.Duration().TotalSeconds):0} s of this machine's"));
        }
    }

    private static void Version(Dictionary<string, string> info, string name, IServer server, string? serviceName, CheckResults results)
    {
        var kind = info.ContainsKey("garnet_version") ? "Garnet" : "Redis";
        var version = info.GetValueOrDefault("garnet_version") ?? info.GetValueOrDefault("redis_version");
        var mode = server.ServerType == ServerType.Cluster ? "cluster"
            : !string.IsNullOrEmpty(serviceName) ? $"{server.EndPoint}, which sentinel names as the primary of '{serviceName}'"
            : info.GetValueOrDefault("redis_mode") ?? "standalone";
        var replicas = info.GetValueOrDefault("connected_slaves") is { } connected
            ? $"{connected} replica(s)"
            : "does not tell its replicas";
        if (version is null)
        {
            results.Warn(Area, name, $"{mode}; does not tell its version",
                $"Redis {Oldest} or later is needed: look at the service's own page, or allow its user INFO (docs/redis.md, ACL).");
            return;
        }

        if (kind == "Redis" && System.Version.TryParse(version, out var parsed) && parsed < Oldest)
        {
            results.Fail(Area, name, $"{kind} {version} is too old", $"Take Redis {Oldest} or later.");
            return;
        }

        results.Ok(Area, name, $"{kind} {version}, {mode}, {replicas}");
    }

    private static async Task PersistenceAsync(
        IServer server, string name, Dictionary<string, string> info, StoreDurability durability, CheckResults results)
    {
        var subject = name + " durability";
        if (durability.Mode == DurabilityMode.Relaxed)
        {
            results.Warn(Area, subject, "Store:Durability is relaxed: what was acknowledged can be lost with the server",
                "Right for a trial. In production use fsync or replicas:N.");
            return;
        }

        if (durability.Mode == DurabilityMode.Replicas)
        {
            if (!int.TryParse(info.GetValueOrDefault("connected_slaves"), CultureInfo.InvariantCulture, out var connected))
            {
                results.Warn(Area, subject, $"{durability}; the server does not tell how many replicas are connected",
                    "Allow its user INFO (docs/redis.md, ACL), or look at the service's own page.");
            }
            else if (connected >= durability.Replicas)
            {
                results.Ok(Area, subject, $"{durability}: {connected} replica(s) are connected");
            }
            else
            {
                results.Fail(Area, subject,
                    $"{durability}, and {connected} replica(s) are connected: no upload, call or webhook can be acknowledged",
                    "Add replicas, or lower N in Store:Durability.");
            }

            return;
        }

        switch (await ConfigAsync(server, "appendonly"), await ConfigAsync(server, "appendfsync"))
        {
            case ("yes", "always"):
                results.Ok(Area, subject, "fsync: appendonly yes, appendfsync always");
                break;
            case (null, _) or (_, null):
                results.Warn(Area, subject, "the server does not report its persistence settings",
                    "A managed service, Garnet, or a user without CONFIG GET: see docs/redis.md for what to set there. With "
                    + "replicas, Store:Durability replicas:1 can be checked.");
                break;
            case var (log, sync):
                results.Fail(Area, subject,
                    $"Store:Durability is fsync, and the server has appendonly {log}, appendfsync {sync}: what was acknowledged can "
                    + "be lost",
                    "CONFIG SET appendonly yes and appendfsync always (and in redis.conf), or set Store:Durability to replicas:N.");
                break;
        }
    }

    private static void Memory(Dictionary<string, string> info, string name, CheckResults results)
    {
        var policy = info.GetValueOrDefault("maxmemory_policy");
        if (policy is null)
        {
            results.Warn(Area, name + " eviction", "the server does not report its eviction policy",
                "It must be noeviction: an evicted key is a lost event or upload.");
        }
        else if (policy != "noeviction")
        {
            results.Fail(Area, name + " eviction",
                $"maxmemory-policy is {policy}: when memory runs short, the server would drop events and uploads",
                "CONFIG SET maxmemory-policy noeviction (and in redis.conf).");
        }
        else
        {
            results.Ok(Area, name + " eviction", "noeviction");
        }

        var limit = long.TryParse(info.GetValueOrDefault("maxmemory"), CultureInfo.InvariantCulture, out var most) ? most : 0;
        if (!long.TryParse(info.GetValueOrDefault("used_memory"), CultureInfo.InvariantCulture, out var used))
        {
            results.Warn(Area, name + " memory", "the server does not report its memory",
                "Watch it where the service shows it: full, it takes no more uploads, calls or webhooks.");
        }
        else if (limit > 0 && used > limit * 0.8)
        {
            results.Warn(Area, name + " memory", Invariant($"{used / 1048576.0:0} MB of {limit / 1048576.0:0} MB are used"),
                "Raise maxmemory, or shorten Webhooks:Retention and Uploads:Retention; see docs/redis.md.");
        }
        else
        {
            results.Ok(Area, name + " memory",
                limit == 0
                ? Invariant($"{used / 1048576.0:0} MB used, no limit")
                : Invariant($"{used / 1048576.0:0} MB of {limit / 1048576.0:0} MB used"));
        }
    }

    private static async Task<Dictionary<string, string>> InfoAsync(IServer server)
    {
        string[] lines;
        try
        {
            lines = ((string?)await server.ExecuteAsync("INFO") ?? "").Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (RedisServerException)
        {
            // Forbidden to this user: what it would have told is unknown.
            lines = [];
        }

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

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
