using System.Globalization;
using Siro.Gateway.Common;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

internal sealed partial class RedisStore
{
    private readonly Lock _statusGate = new();
    private StoreStatus _status = new(Available: false, Latency: null, LastError: null, DurabilityVerdict.NotChecked);

    public StoreStatus Current
    {
        get
        {
            lock (_statusGate)
            {
                return _status;
            }
        }
    }

    public async Task<StoreStatus> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var latency = await QueryAsync(database => database.PingAsync(), cancellationToken);
            if (Current.Durability is DurabilityVerdict.NotChecked or DurabilityVerdict.Broken)
            {
                await CheckDurabilityAsync(cancellationToken);
            }

            lock (_statusGate)
            {
                return _status = _status with { Available = true, Latency = latency };
            }
        }
        catch (StoreUnavailableException)
        {
            return Current;
        }
    }

    private async Task CheckDurabilityAsync(CancellationToken cancellationToken)
    {
        var verdict = await GuardAsync(VerdictAsync, cancellationToken);
        DurabilityVerdict before;
        lock (_statusGate)
        {
            before = _status.Durability;
            _status = _status with { Durability = verdict };
        }

        if (verdict == before)
        {
            return;
        }

        switch (verdict)
        {
            case DurabilityVerdict.Broken:
                Log.DurabilityBroken(logger, Durability.ToString());
                break;
            case DurabilityVerdict.Unknown:
                Log.DurabilityUnknown(logger, Durability.ToString());
                break;
            default:
                Log.DurabilityKept(logger, Durability.ToString());
                break;
        }
    }

    private async Task<DurabilityVerdict> VerdictAsync(CancellationToken cancellationToken)
    {
        if (Durability.Mode == DurabilityMode.Relaxed)
        {
            return DurabilityVerdict.Kept;
        }

        var connection = await ConnectionAsync(cancellationToken);
        var verdict = DurabilityVerdict.NotChecked;
        foreach (var server in connection.GetServers())
        {
            if (!server.IsConnected || server.IsReplica)
            {
                continue;
            }

            var one = await VerdictOfAsync(server).WaitOrAbandonAsync(cancellationToken);
            verdict = one == DurabilityVerdict.Broken || verdict == DurabilityVerdict.NotChecked
                ? one : verdict == DurabilityVerdict.Kept ? one : verdict;
        }

        return verdict;
    }

    private async Task<DurabilityVerdict> VerdictOfAsync(IServer server)
    {
        try
        {
            if (Durability.Mode == DurabilityMode.Replicas)
            {
                var info = (string?)await server.ExecuteAsync("INFO", "replication") ?? "";
                var line = info.Split('\n').FirstOrDefault(l => l.StartsWith("connected_slaves:", StringComparison.Ordinal));
                return line is null ? DurabilityVerdict.Unknown
                    : int.Parse(line.AsSpan("connected_slaves:".Length).Trim(), CultureInfo.InvariantCulture) >= Durability.Replicas
                        ? DurabilityVerdict.Kept
                    : DurabilityVerdict.Broken;
            }

            var log = await ConfigAsync(server, "appendonly");
            var sync = await ConfigAsync(server, "appendfsync");
            return (log, sync) switch
            {
                ("yes", "always") => DurabilityVerdict.Kept,
                ("no", _) or ("yes", "everysec" or "no") => DurabilityVerdict.Broken,
                _ => DurabilityVerdict.Unknown,
            };
        }
        catch (RedisServerException)
        {
            // Managed servers forbid CONFIG; Garnet does not know these settings.
            return DurabilityVerdict.Unknown;
        }
        catch (Exception e) when (BrokenConnection.Is(e))
        {
            // It did not answer just now; the next probe asks again.
            return DurabilityVerdict.NotChecked;
        }
    }

    private static async Task<string?> ConfigAsync(IServer server, string name)
    {
        var answer = await server.ExecuteAsync("CONFIG", "GET", name);
        return answer.Length == 2 ? (string?)answer[1] : null;
    }

    private void Answered()
    {
        lock (_statusGate)
        {
            if (!_status.Available)
            {
                _status = _status with { Available = true };
                Log.Available(logger);
            }
        }
    }

    private void Failed(string reason)
    {
        lock (_statusGate)
        {
            if (_status.Available || _status.LastError is null)
            {
                Log.Unavailable(logger, reason);
            }

            _status = _status with { Available = false, Latency = null, LastError = reason };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Information, "The store answers")]
        public static partial void Available(ILogger logger);

        [LoggerMessage(1202, LogLevel.Error, "The store is unavailable: {Reason}")]
        public static partial void Unavailable(ILogger logger, string reason);

        [LoggerMessage(1203, LogLevel.Warning,
            "Store:Durability is {Promise}, and the server's settings do not guarantee it, so acknowledged work can be lost. Set "
            + "appendonly yes and appendfsync always (or add replicas), or choose another durability")]
        public static partial void DurabilityBroken(ILogger logger, string promise);

        [LoggerMessage(1204, LogLevel.Warning, "Store:Durability is {Promise}; the server does not say whether it does")]
        public static partial void DurabilityUnknown(ILogger logger, string promise);

        [LoggerMessage(1206, LogLevel.Warning, "The store's server is now a replica; reconnecting to find the primary")]
        public static partial void HangingUp(ILogger logger);

        [LoggerMessage(1205, LogLevel.Information, "The store keeps what Store:Durability ({Promise}) says")]
        public static partial void DurabilityKept(ILogger logger, string promise);
    }
}
