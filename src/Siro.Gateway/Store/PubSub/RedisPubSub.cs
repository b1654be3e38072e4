using StackExchange.Redis;

namespace Siro.Gateway.Store.PubSub;

internal sealed partial class RedisPubSub(RedisStore store, StoreClock clock, ILogger<RedisPubSub> logger) : IPubSub, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopped = new();

    public async ValueTask<bool> PublishAsync(string channel, string payload)
    {
        try
        {
            await store.QueryAsync(database => database.PublishAsync(Channel(channel), payload), _stopped.Token);
            return true;
        }
        catch (StoreUnavailableException e)
        {
            Log.NotPublished(logger, channel, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            return false;
        }
    }

    public IDisposable Subscribe(string channel, Action<string> handler) => new Subscription(this, Channel(channel), handler);

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _stopped.Dispose();
    }

    private static RedisChannel Channel(string name) => RedisChannel.Literal(StoreKeys.Prefix + "notice:" + name);

    private sealed class Subscription : IDisposable
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        private readonly RedisPubSub _pubSub;
        private readonly RedisChannel _channel;
        private readonly Action<RedisChannel, RedisValue> _handler;
        private readonly CancellationTokenSource _ended;

        public Subscription(RedisPubSub pubSub, RedisChannel channel, Action<string> handler)
        {
            _pubSub = pubSub;
            _channel = channel;
            _handler = (_, payload) => handler(payload.ToString());
            _ended = CancellationTokenSource.CreateLinkedTokenSource(pubSub._stopped.Token);
            Established = Task.Run(SubscribeAsync);
        }

        private Task Established { get; }

        public void Dispose()
        {
            if (!_ended.IsCancellationRequested)
            {
                _ended.Cancel();
                _ = UnsubscribeAsync();
            }
        }

        // Once the client knows the subscription it renews it on every reconnection; only the first time is on us.
        private async Task SubscribeAsync()
        {
            var cancellationToken = _ended.Token;
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    var subscriber = (await _pubSub.ConnectionAsync(cancellationToken)).GetSubscriber();

                    // A subscription that failed may be registered in the client all the same: without this it would be called twice.
                    await subscriber.UnsubscribeAsync(_channel, _handler, CommandFlags.FireAndForget);
                    await subscriber.SubscribeAsync(_channel, _handler).WaitAsync(cancellationToken);
                    return;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e) when (e is RedisServerException || BrokenConnection.Is(e))
                {
                    Log.NotSubscribed(_pubSub.Logger, _channel.ToString(), e.GetType().Name);
                }

                await _pubSub.Clock.Delay(Pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        private async Task UnsubscribeAsync()
        {
            try
            {
                await Established;
                var connection = await _pubSub.ConnectionAsync(CancellationToken.None);
                await connection.GetSubscriber().UnsubscribeAsync(_channel, _handler, CommandFlags.FireAndForget);
            }
            catch (Exception e) when (e is RedisServerException || BrokenConnection.Is(e))
            {
                Log.NotSubscribed(_pubSub.Logger, _channel.ToString(), e.GetType().Name);
            }
        }
    }

    private ILogger Logger => logger;

    private StoreClock Clock => clock;

    private Task<ConnectionMultiplexer> ConnectionAsync(CancellationToken cancellationToken) => store.ConnectionAsync(cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(1221, LogLevel.Debug, "The message on {Channel} was not sent: {Reason}")]
        public static partial void NotPublished(ILogger logger, string channel, string reason);

        [LoggerMessage(1222, LogLevel.Debug, "Channel {Channel} not subscribed or unsubscribed: {Reason}")]
        public static partial void NotSubscribed(ILogger logger, string channel, string reason);
    }
}
