using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

public sealed class ReplayTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task What_was_skipped_while_disabled_is_replayed()
    {
        var (id, secret, name) = await SubscribeAsync("skip.*");
        await PostAsync($"/v1/subscriptions/{id}/disable");
        var first = await EmitAsync("""{"eventType":"skip.a"}""");
        var second = await EmitAsync("""{"eventType":"skip.b"}""");
        await DeliveryAsync(id, first, "skipped");
        await DeliveryAsync(id, second, "skipped");
        Assert.Empty(Subscribers.At(name));
        await ProblemAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/replay", Text("""{"status":"skipped"}"""), Cancel), 409,
            "subscription_disabled");
        Assert.True((await PostAsync($"/v1/subscriptions/{id}/enable")).GetProperty("enabled").GetBoolean());
        Assert.Equal(2,
            (await PostAsync($"/v1/subscriptions/{id}/replay?preview=true", """{"status":"skipped"}""")).GetProperty("count").GetInt32());
        Assert.Equal(1,
            (await PostAsync($"/v1/subscriptions/{id}/replay?preview=true", """{"status":"skipped","type":"skip.b"}""")).GetProperty(
            "count").GetInt32());
        await ProblemAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/replay?preview=yes", Text("""{"status":"skipped"}"""), Cancel),
            400, "invalid_query");
        Assert.Empty(Subscribers.At(name));
        Assert.Equal(
            2, (await PostAsync($"/v1/subscriptions/{id}/replay", """{"status":"skipped"}""", 202)).GetProperty("count").GetInt32());
        foreach (var emitted in (string[])[first, second])
        {
            var received = await ReceivedAsync(name, r => r.Id == emitted, "the replay comes");
            Assert.Equal("true", received.Headers["siro-gateway-replay"].ToString());
            Assert.True(Verifies(received, secret));
            Assert.True((await DeliveryAsync(id, emitted, "delivered")).GetProperty("replay").GetBoolean());
        }
    }

    [Fact]
    public async Task Dead_letters_are_replayed_by_default_and_one_by_one()
    {
        var (id, _, name) = await SubscribeAsync("dead.*");
        Subscribers.Answer(name, 500);
        var first = await EmitAsync("""{"eventType":"dead.a"}""");
        var second = await EmitAsync("""{"eventType":"dead.b"}""");
        await DeliveryAsync(id, first, "dead");
        await DeliveryAsync(id, second, "dead");
        Subscribers.Answer(name, 200);
        await PostAsync($"/v1/deliveries/{first}.{id}/retry", status: 202);
        var delivered = await DeliveryAsync(id, first, "delivered");
        Assert.Equal(5, delivered.GetProperty("attempts").GetArrayLength());
        Assert.Equal(1, (await PostAsync($"/v1/subscriptions/{id}/replay", "", 202)).GetProperty("count").GetInt32());
        await DeliveryAsync(id, second, "delivered");

        // A delivered one can be asked for again; one that is due anyway can't.
        await PostAsync($"/v1/deliveries/{first}.{id}/retry", status: 202);
        await Until.TrueAsync(() => Subscribers.At(name).Count(r => r.Id == first) == 6, "it comes once more");
    }

    [Fact]
    public async Task A_delivery_whose_event_is_gone_is_neither_counted_nor_replayed()
    {
        var (id, _, name) = await SubscribeAsync("old.*");
        var gone = await EmitAsync("""{"eventType":"old.a"}""");
        await DeliveryAsync(id, gone, "delivered");
        await Until.TrueAsync(
            async () =>
            {
                await Service<EventLog>().TrimAsync(new OrganizationKey("acme"), TimeSpan.Zero, 0, 1000, Cancel);
                using var shown = await Writer.GetAsync("/v1/events/" + gone, Cancel);
                return shown.StatusCode == System.Net.HttpStatusCode.NotFound;
            },
            "retention takes it");
        var kept = await EmitAsync("""{"eventType":"old.b"}""");
        await DeliveryAsync(id, kept, "delivered");
        Assert.Equal(1,
            (await PostAsync($"/v1/subscriptions/{id}/replay?preview=true", """{"status":"delivered"}""")).GetProperty("count").GetInt32());
        Assert.Equal(
            1, (await PostAsync($"/v1/subscriptions/{id}/replay", """{"status":"delivered"}""", 202)).GetProperty("count").GetInt32());
        await Until.TrueAsync(() => Subscribers.At(name).Count(r => r.Id == kept) == 2, "the other is replayed");
        await ProblemAsync(await Writer.PostAsync($"/v1/deliveries/{gone}.{id}/retry", null, Cancel), 404, "event_not_found");
        Assert.Equal("delivered", (await GetAsync($"/v1/deliveries/{gone}.{id}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_new_subscription_gets_what_came_before_it_by_time()
    {
        var start = TimeProvider.System.GetUtcNow().AddSeconds(-2);
        var old = await EmitAsync("""{"eventType":"past.a"}""");
        await EmitAsync("""{"eventType":"other.a"}""");
        var (id, _, name) = await SubscribeAsync("past.*");
        var filter = JsonSerializer.Serialize(new { since = start });
        Assert.Equal(1, (await PostAsync($"/v1/subscriptions/{id}/replay?preview=true", filter)).GetProperty("count").GetInt32());
        await PostAsync($"/v1/subscriptions/{id}/replay", filter, 202);
        var received = await ReceivedAsync(name, r => r.Id == old, "the old event comes");
        Assert.Equal("true", received.Headers["siro-gateway-replay"].ToString());
        await DeliveryAsync(id, old, "delivered");

        // And again, though the delivery exists by now.
        await PostAsync($"/v1/subscriptions/{id}/replay", filter, 202);
        await Until.TrueAsync(() => Subscribers.At(name).Count(r => r.Id == old) == 2, "it comes again");
    }

    [Theory]
    [InlineData("""{"status":"pending"}""", "status")]
    [InlineData("""{"since":"yesterday"}""", "since")]
    [InlineData("""{"limit":100001}""", "limit")]
    [InlineData("""{"from":"x"}""", "from")]
    public async Task A_filter_that_is_wrong_is_told(string filter, string field)
    {
        // A fresh gateway registers the subscriptions of its configuration a moment after it listens.
        await Until.TrueAsync(async () => (await Writer.GetAsync("/v1/subscriptions/billing", Cancel)).IsSuccessStatusCode,
            "the configured subscription is registered");
        var problem = await JsonAsync(await Writer.PostAsync("/v1/subscriptions/billing/replay?preview=true", Text(filter), Cancel), 422);
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("field").GetString());
    }
}
