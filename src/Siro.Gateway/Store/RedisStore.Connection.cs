using StackExchange.Redis;

namespace Siro.Gateway.Store;

internal sealed partial class RedisStore
{
    private static readonly string[] Refusals =
    [
        "LOADING", "READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "OOM", "NOREPLICAS", "BUSY", "NOAUTH", "WRONGPASS",
        "NOPERM", "MOVED", "ASK", "Key has MOVED", "Endpoint ",
    ];

    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connection;
    private Task<ConnectionMultiplexer>? _confirming;
    private volatile bool _disposed;
    private int _hangUps;
    private long _hungUpAt;

    /// <summary>The shared connection; also for pub/sub. It may be down, and comes back by itself.</summary>
    public Task<ConnectionMultiplexer> ConnectionAsync(CancellationToken cancellationToken) =>
        OpenAsync(ref _connection, cancellationToken);

    /// <summary>
    /// Told of every connection as soon as it is made, for whoever observes its commands. Subscribe before the host starts.
    /// </summary>
    public event Action<IConnectionMultiplexer>? ConnectionMade;

    /// <summary>WAIT holds up everything behind it on its connection, so confirmed writes have their own.</summary>
    private Task<ConnectionMultiplexer> ConfirmingConnectionAsync(CancellationToken cancellationToken) =>
        OpenAsync(ref _confirming, cancellationToken);

    private Task<ConnectionMultiplexer> OpenAsync(ref Task<ConnectionMultiplexer>? connection, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);

            // Only a first connection can fail for good (Sentinel without a reachable sentinel): it is tried again at the next use.
            if (connection is null or { IsFaulted: true } or { IsCanceled: true })
            {
                connection = ConnectAsync();
            }

            return connection.WaitAsync(cancellationToken);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var made = await ConnectionMultiplexer.ConnectAsync(Parse());
        ConnectionMade?.Invoke(made);
        return made;
    }

    private ConfigurationOptions Parse()
    {
        var text = redis.Current.Configuration?.Reveal() ?? "";
        var parsed = ConfigurationOptions.Parse(text, ignoreUnknown: true);
        parsed.AbortOnConnectFail = false;
        parsed.BacklogPolicy = BacklogPolicy.FailFast;
        parsed.IncludeDetailInExceptions = false;
        parsed.ClientName ??= "siro-gateway";
        parsed.ReconnectRetryPolicy = new LinearRetry(500);

        // By default replies are read on ten threads of the client's own, for applications that block the thread pool. Nothing here
        // does, and handing each reply from thread to thread costs several times the processor time of the command itself.
        parsed.SocketManager = SocketManager.ThreadPool;
        if (!text.Contains("connectTimeout", StringComparison.OrdinalIgnoreCase))
        {
            parsed.ConnectTimeout = 1000;
        }

        if (!text.Contains("connectRetry", StringComparison.OrdinalIgnoreCase))
        {
            parsed.ConnectRetry = 1;
        }

        // Either of the two stands for both: "asyncTimeout" contains the other's name.
        if (!text.Contains("syncTimeout", StringComparison.OrdinalIgnoreCase))
        {
            parsed.SyncTimeout = 1000;
            parsed.AsyncTimeout = 1000;
        }

        return parsed;
    }

    /// <summary>How often connections were hung up because they ended at a replica.</summary>
    internal int HangUps => _hangUps;

    /// <summary>
    /// After a failover a connection can stay with the old primary, which is a replica now: the notice of it was missed, or the
    /// name in the configuration stands for another machine. Hung up, the client looks for the primary anew. At most every two seconds.
    /// </summary>
    private void HangUp()
    {
        Task<ConnectionMultiplexer>?[] open;
        lock (_gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            if (_hangUps > 0 && TimeProvider.System.GetElapsedTime(_hungUpAt, now) < TimeSpan.FromSeconds(2))
            {
                return;
            }

            _hungUpAt = now;
            _hangUps++;
            open = [_connection, _confirming];
        }

        Log.HangingUp(logger);
        foreach (var connection in open)
        {
            if (connection is { IsCompletedSuccessfully: true })
            {
                foreach (var server in connection.Result.GetServers().Where(s => s.IsConnected))
                {
                    server.Execute("QUIT", [], CommandFlags.FireAndForget);
                }
            }
        }
    }

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var answer = await command(cancellationToken);
            Answered();
            return answer;
        }
        catch (StoreUnavailableException e)
        {
            Failed(e.Message);
            throw;
        }
        catch (RedisServerException e) when (!Array.Exists(Refusals, code => e.Message.StartsWith(code, StringComparison.Ordinal)))
        {
            // The server answered and the command itself was wrong: our bug, not an outage.
            throw;
        }
        catch (RedisServerException e)
        {
            if (e.Message.StartsWith("READONLY", StringComparison.Ordinal))
            {
                HangUp();
            }

            var reason = "The store refuses: " + e.Message.Split(' ', 2)[0];
            Failed(reason);
            throw new StoreUnavailableException(reason, e);
        }
        catch (Exception e) when ((BrokenConnection.Is(e) && !(e is ObjectDisposedException && _disposed))
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The client cancels what is under way when a connection breaks down; only the caller's own cancellation is one.
            var reason = e is TimeoutException
                ? "The store did not answer in time."
                : "The store is not reachable.";
            Failed(reason);
            throw new StoreUnavailableException(reason, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>?[] open;
        lock (_gate)
        {
            _disposed = true;
            open = [_connection, _confirming];
        }

        foreach (var connection in open)
        {
            if (connection is null)
            {
                continue;
            }

            await ((Task)connection).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connection.IsCompletedSuccessfully)
            {
                await (await connection).DisposeAsync();
            }
        }
    }
}
