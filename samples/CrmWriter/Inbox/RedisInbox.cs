using Siro.Gateway.Client.Receiving;
using StackExchange.Redis;

namespace CrmWriter.Inbox;

/// <summary>What a handler writes to Redis: queued, and run together with the memory of the event. One for each request.</summary>
internal sealed class RedisWork(IConnectionMultiplexer redis)
{
    /// <summary>Queue commands here. Don't await them in the handler: they run when it has returned.</summary>
    public ITransaction Transaction { get; } = redis.GetDatabase().CreateTransaction();
}

/// <summary>
/// Remembers events in Redis, in the transaction (MULTI) that writes their effect: after a crash at any moment, both are there or neither.
/// Memory and effect must be in the same Redis; in a cluster, give their keys one hash tag.
/// </summary>
internal sealed class RedisInbox(IConnectionMultiplexer redis, RedisWork work) : ISiroEventInbox
{
    /// <summary>Longer than the gateway repeats and replays (its log's retention).</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(35);

    public async Task<SiroInboxOutcome> HandleOnceAsync(
        SiroEventContext context, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        RedisKey key = $"siro:inbox:{context.Event.Id}";
        if (await redis.GetDatabase().KeyExistsAsync(key))
        {
            return SiroInboxOutcome.Duplicate;
        }

        // Two deliveries of one event at the same time both come here; Redis runs one of the transactions and refuses the other.
        work.Transaction.AddCondition(Condition.KeyNotExists(key));
        await handle(cancellationToken);
        _ = work.Transaction.StringSetAsync(key, context.Event.Type, Kept);
        return await work.Transaction.ExecuteAsync() ? SiroInboxOutcome.Handled : SiroInboxOutcome.Duplicate;
    }
}

internal static class RedisInboxExtensions
{
    public static IServiceCollection AddRedisInbox(this IServiceCollection services, string configuration)
    {
        services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(configuration));
        services.AddScoped<RedisWork>();
        return services.UseSiroEventInbox<RedisInbox>();
    }
}
