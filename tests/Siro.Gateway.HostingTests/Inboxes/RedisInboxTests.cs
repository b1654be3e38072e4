using System.Net;
using Aspire.Hosting.Testing;
using CrmWriter.Inbox;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.HostingTests.Running;
using StackExchange.Redis;

namespace Siro.Gateway.HostingTests.Inboxes;

/// <summary>The sample inbox that keeps memory and effect in one Redis: the AppHost's.</summary>
[Collection(AppHostCollection.Name)]
public sealed class RedisInboxTests(AppHostFixture fixture)
{
    private readonly string _event = $"e-{Guid.CreateVersion7()}";

    [Fact]
    public async Task An_event_that_comes_again_is_acknowledged_without_a_second_effect()
    {
        await using var application = await StartAsync((delivery, _) =>
        {
            Count(delivery);
            return Task.CompletedTask;
        });

        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync(_event, "r1"));
        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync(_event, "r1"));

        Assert.Equal(1, await CountedAsync(application));
    }

    [Fact]
    public async Task A_handler_that_fails_leaves_neither_effect_nor_memory()
    {
        var fails = true;
        await using var application = await StartAsync((delivery, _) =>
        {
            Count(delivery);
            return fails ? throw new InvalidOperationException("The power went out.") : Task.CompletedTask;
        });

        Assert.Equal(HttpStatusCode.InternalServerError, await application.DeliverAsync(_event, "r1"));
        Assert.Equal(0, await CountedAsync(application));
        fails = false;

        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync(_event, "r1"));
        Assert.Equal(1, await CountedAsync(application));
    }

    [Fact]
    public async Task Of_two_deliveries_at_the_same_time_one_has_an_effect()
    {
        // Both have found no memory of the event when either writes.
        using var both = new Barrier(2);
        await using var application = await StartAsync(async (delivery, cancellationToken) =>
        {
            await Task.Run(() => both.SignalAndWait(cancellationToken), cancellationToken);
            Count(delivery);
        });

        var answers = await Task.WhenAll(application.DeliverAsync(_event, "r1"), application.DeliverAsync(_event, "r1"));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NoContent], answers);
        Assert.Equal(1, await CountedAsync(application));
    }

    private async Task<InboxApplication> StartAsync(Func<SiroEventContext, CancellationToken, Task> handle)
    {
        var redis = await fixture.Application.GetConnectionStringAsync("redis", TestContext.Current.CancellationToken);
        return await InboxApplication.StartAsync(services => services.AddRedisInbox(redis!), handle);
    }

    private static void Count(SiroEventContext delivery) =>
        _ = delivery.Services.GetRequiredService<RedisWork>().Transaction.StringIncrementAsync($"test:{delivery.Event.Id}");

    private async Task<int> CountedAsync(InboxApplication application) =>
        (int)await application.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringGetAsync($"test:{_event}");
}
