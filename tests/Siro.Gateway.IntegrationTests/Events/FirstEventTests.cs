using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Events;

/// <summary>The first replica on an empty store: its gateway takes events, and hands none out yet.</summary>
public sealed class BeforeFanout : WebhookFixture
{
    protected override void Customize(WebApplicationBuilder builder) =>
        builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(FanoutService)));
}

/// <summary>A configured subscription gets every event that was acknowledged under the configuration that names it.</summary>
public sealed class FirstEventTests(BeforeFanout gateway) : WebhookTest(gateway), IClassFixture<BeforeFanout>
{
    [Fact]
    public async Task Events_that_come_before_anything_else_reach_the_configured_subscriptions()
    {
        var first = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => EmitAsync("""{"eventType":"first"}""")));
        Fixture.Gateway.Change(
            ("Webhooks:Subscriptions:added:Url", Subscribers.Url("added")),
            ("Webhooks:Subscriptions:added:Secret", WebhookFixture.ConfiguredSecret));
        var second = await EmitAsync("""{"eventType":"second"}""");

        await using var other = await Fixture.StartInProcessAsync(
            null, ("Webhooks:Subscriptions:added:Url", Subscribers.Url("added")),
            ("Webhooks:Subscriptions:added:Secret", WebhookFixture.ConfiguredSecret));
        foreach (var id in first)
        {
            await ReceivedAsync("billing", r => r.Id == id, "what came first is delivered");
        }

        await ReceivedAsync("added", r => r.Id == second, "a subscription gets what came after it was configured");
        Assert.DoesNotContain(Subscribers.At("added"), r => first.Contains(r.Id));
    }
}
