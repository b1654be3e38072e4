using System.Diagnostics.Metrics;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>Endpoints that fail for long, changed configuration, and what the meter says.</summary>
public sealed class HealthTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task An_endpoint_at_which_nothing_succeeds_for_long_is_disabled()
    {
        Fixture.Gateway.Change(("Webhooks:DisableAfter", "00:00:01"));
        try
        {
            var (id, _, name) = await SubscribeAsync("long.*");
            Subscribers.Answer(name, 500);
            await EmitAsync("""{"eventType":"long.a"}""");
            await Until.TrueAsync(
                async () =>
                {
                    await EmitAsync("""{"eventType":"long.b"}""");
                    return !(await GetAsync("/v1/subscriptions/" + id)).GetProperty("enabled").GetBoolean();
                },
                "it is disabled");
            Assert.Equal("failing", (await GetAsync("/v1/subscriptions/" + id)).GetProperty("disabledReason").GetString());

            // Enabled again it has its whole time again, and a success clears what was noted.
            Subscribers.Answer(name, 200);
            await PostAsync($"/v1/subscriptions/{id}/enable");
            var emitted = await EmitAsync("""{"eventType":"long.c"}""");
            await DeliveryAsync(id, emitted, "delivered");
            Assert.True((await GetAsync("/v1/subscriptions/" + id)).GetProperty("enabled").GetBoolean());
        }
        finally
        {
            Fixture.Gateway.Change(("Webhooks:DisableAfter", null));
        }
    }

    [Fact]
    public async Task An_event_that_was_accepted_is_delivered_however_the_answer_ends()
    {
        var (id, _, name) = await SubscribeAsync("broken.*");
        Subscribers.Behave(name, async (context, _) =>
        {
            // Kestrel ends the connection of an answer that is shorter than it said.
            context.Response.ContentLength = 100;
            await context.Response.Body.WriteAsync("taken"u8.ToArray());
        });
        var emitted = await EmitAsync("""{"eventType":"broken.a"}""");

        var delivery = await DeliveryAsync(id, emitted, "delivered");

        var attempt = Assert.Single(delivery.GetProperty("attempts").EnumerateArray());
        Assert.Equal(200, attempt.GetProperty("status").GetInt32());
        Assert.Single(Subscribers.At(name));
    }

    [Fact]
    public async Task A_subscription_that_is_added_to_the_configuration_needs_no_restart()
    {
        (string Key, string? Value)[] added =
        [
            ("Webhooks:Subscriptions:late:Url", Subscribers.Url("late")),
            ("Webhooks:Subscriptions:late:Secret", WebhookFixture.ConfiguredSecret),
            ("Webhooks:Subscriptions:late:Filter", """{"recordingId":"wanted"}"""),
        ];
        Fixture.Gateway.Change(added);
        await Until.TrueAsync(async () => (await Writer.GetAsync("/v1/subscriptions/late", Cancel)).IsSuccessStatusCode, "it is listed");
        await EmitAsync(SiroSender.Event("other"));
        var emitted = await EmitAsync(SiroSender.Event("wanted"));
        await ReceivedAsync("late", r => r.Id == emitted, "its event comes");
        Assert.Single(Subscribers.At("late"));
        Fixture.Gateway.Change([.. added.Select(a => (a.Key, (string?)null))]);
        await Until.TrueAsync(async () => !(await Writer.GetAsync("/v1/subscriptions/late", Cancel)).IsSuccessStatusCode, "it is gone");
    }

    [Fact]
    public async Task Every_refusal_is_counted_by_its_code()
    {
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == WebhookMetrics.MeterName && instrument.Name.EndsWith("refused", StringComparison.Ordinal))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            lock (counted)
            {
                counted.Add((string)tags[0].Value!);
            }
        });
        listener.Start();
        using var missing = await Anyone.PostAsync("/v1/webhooks/siro", null, Cancel);
        using var bad = await Anyone.PostWebhookAsync("msg_1", "{}"u8.ToArray(), secret: null);
        using var stale = await Anyone.PostWebhookAsync("msg_1", "{}"u8.ToArray(), age: TimeSpan.FromHours(1));
        using var large = await Anyone.PostWebhookAsync("msg_1", new byte[300 * 1024]);
        using var unknown = await Anyone.PostWebhookAsync("msg_1", "{}"u8.ToArray(), "/v1/webhooks/siro/none");
        lock (counted)
        {
            Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "missing_headers", "bad_signature", "stale_timestamp",
                "body_too_large", "unknown_organization" }, counted.ToHashSet(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Without_a_store_an_event_is_not_acknowledged()
    {
        await Fixture.Store.KillAsync();
        try
        {
            await ProblemAsync(await Anyone.PostWebhookAsync(NewId(), SiroSender.Event("rec-1")), 503, "store_unavailable");
            await ProblemAsync(await Writer.GetAsync("/v1/events", Cancel), 503, "store_unavailable");
        }
        finally
        {
            await Fixture.Store.RestartAsync();
        }

        string? emitted = null;
        await Until.TrueAsync(
            async () =>
            {
                emitted = NewId();
                using var answer = await Anyone.PostWebhookAsync(emitted, SiroSender.Event("rec-1"));
                return answer.IsSuccessStatusCode;
            },
            "events are taken again");
        await ReceivedAsync("billing", r => r.Id == emitted, "and delivered");
    }
}
