using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Events;

public sealed class LogTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task An_event_is_shown_with_its_payload_and_deliveries()
    {
        var (id, _, _) = await SubscribeAsync();
        var recording = NewId("rec-");
        var emitted = await EmitAsync(SiroSender.Event(recording));
        await DeliveryAsync(id, emitted, "delivered");
        var shown = await GetAsync("/v1/events/" + emitted);
        Assert.Equal(recording, shown.GetProperty("payload").GetProperty("recordingId").GetString());
        Assert.Equal("integrations.recordingProcessed", shown.GetProperty("type").GetString());
        Assert.Contains(shown.GetProperty("deliveries").EnumerateArray(), d => d.GetProperty("subscriptionId").GetString() == id);
        var found = await GetAsync($"/v1/events?recordingId={recording}");
        Assert.Equal(emitted, Assert.Single(found.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        await ProblemAsync(await Writer.GetAsync("/v1/events/msg_none", Cancel), 404, "event_not_found");
        await ProblemAsync(await Writer.GetAsync("/v1/deliveries/msg_none." + id, Cancel), 404, "delivery_not_found");
        await ProblemAsync(await Writer.GetAsync("/v1/deliveries?status=odd", Cancel), 400, "invalid_query");
        await ProblemAsync(await Writer.GetAsync("/v1/events?limit=0", Cancel), 400, "invalid_query");
        await ProblemAsync(await Writer.GetAsync("/v1/events?since=2026-01-31&since=2026-02-01", Cancel), 400, "invalid_query");
        await ProblemAsync(await Writer.GetAsync("/v1/deliveries?cursor=x.y", Cancel), 400, "invalid_query");
    }

    /// <summary>Within the event's JSON, 2^53 + 1 lost its last digit in many readers, and a member that came twice was one.</summary>
    [Fact]
    public async Task The_payload_alone_is_the_bytes_that_came()
    {
        byte[] body =
            [.. """{ "eventType":"raw.event","big":9007199254740993,"a":1,"a":2.0,"x":" """u8, 0xff, 0xc0, .. "\"}\r\n"u8];
        var emitted = NewId();
        using var taken = await Anyone.PostWebhookAsync(emitted, body);
        taken.EnsureSuccessStatusCode();

        using var response = await Writer.GetAsync($"/v1/events/{emitted}/payload", Cancel);

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        await ProblemAsync(await Writer.GetAsync("/v1/events/msg_none/payload", Cancel), 404, "event_not_found");
    }

    [Fact]
    public async Task Lists_go_from_page_to_page_and_miss_nothing()
    {
        var (id, _, _) = await SubscribeAsync("page.*");
        var emitted = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            emitted.Add(await EmitAsync("""{"eventType":"page.turned"}"""));
        }

        await DeliveryAsync(id, emitted[^1], "delivered");
        foreach (var path in (string[])["/v1/events?type=page.turned&limit=3", $"/v1/deliveries?subscription={id}&limit=3",
            "/v1/deliveries?limit=3"])
        {
            var seen = new List<string>();
            string? cursor = null;
            do
            {
                var page = await GetAsync(path + (cursor is null ? "" : "&cursor=" + cursor));
                seen.AddRange(page.GetProperty("data").EnumerateArray().Select(
                    e => e.TryGetProperty("eventId", out var of) ? of.GetString()! : e.GetProperty("id").GetString()!));
                cursor = page.GetProperty("cursor").GetString();
            }
            while (cursor is not null);

            Assert.Equal(Enumerable.Reverse(emitted), seen.Where(emitted.Contains).Distinct());
        }

        var one = await GetAsync($"/v1/deliveries?event={emitted[2]}&subscription={id}");
        Assert.Single(one.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_list_over_many_subscriptions_misses_no_delivery_of_one_moment()
    {
        var type = NewId("many.");
        var subscriptions = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SubscribeAsync(type)));
        var emitted = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => EmitAsync($$"""{"eventType":"{{type}}"}""")));
        string[] expected = [.. subscriptions.SelectMany(s => emitted.Select(e => $"{e}.{s.Id}")).Order(StringComparer.Ordinal)];
        await Until.TrueAsync(() => subscriptions.All(s => Subscribers.At(s.Name).Count >= emitted.Length), "all are delivered");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync("/v1/deliveries?limit=2" + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor)));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null && expected.Except(seen).Any());

        Assert.Equal(expected, seen.Where(expected.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Failures_are_told_apart_and_every_attempt_is_kept()
    {
        var cases = new (string Error, Func<HttpContext, Task> Answer)[]
        {
            ("status", c => Status(c, 500)),
            ("redirect", c =>
            {
                c.Response.Redirect(Subscribers.Url("elsewhere"));
                return Task.CompletedTask;
            }),
            ("timeout", c => Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, c.RequestAborted)),
            ("connect", c =>
            {
                c.Abort();
                return Task.CompletedTask;
            }),
        };
        foreach (var (error, answer) in cases)
        {
            var (id, _, name) = await SubscribeAsync("fail.*", error == "timeout" ? ",\"timeout\":0.3" : ",\"timeout\":60");
            Subscribers.Behave(name, (context, _) => answer(context));
            var emitted = await EmitAsync("""{"eventType":"fail.ure"}""");
            var dead = await DeliveryAsync(id, emitted, "dead");
            var attempts = dead.GetProperty("attempts").EnumerateArray().ToList();
            Assert.Equal(4, attempts.Count);
            Assert.All(attempts, a => Assert.Equal(error, a.GetProperty("error").GetString()));
            using var gone = await Writer.DeleteAsync("/v1/subscriptions/" + id, Cancel);
        }

        Assert.Empty(Subscribers.At("elsewhere"));

        static Task Status(HttpContext context, int status)
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("sorry");
        }
    }

    [Fact]
    public async Task An_endless_answer_is_read_to_16_KiB_only()
    {
        var (id, _, name) = await SubscribeAsync("endless.*");
        Subscribers.Behave(name, async (context, _) =>
        {
            var block = Encoding.ASCII.GetBytes(new string('x', 1024));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        });
        var emitted = await EmitAsync("""{"eventType":"endless.answer"}""");
        var delivered = await DeliveryAsync(id, emitted, "delivered");
        Assert.Equal(4096, delivered.GetProperty("attempts")[0].GetProperty("answer").GetString()!.Length);
    }

    [Fact]
    public async Task Retry_after_puts_an_attempt_off()
    {
        var (id, _, name) = await SubscribeAsync("later.*");
        var times = 0;
        Subscribers.Behave(name, (context, _) =>
        {
            if (Interlocked.Increment(ref times) == 1)
            {
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "2";
            }

            return Task.CompletedTask;
        });
        var emitted = await EmitAsync("""{"eventType":"later.please"}""");
        await DeliveryAsync(id, emitted, "delivered");
        var received = Subscribers.At(name).ToList();
        Assert.Equal(2, received.Count);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(received[0].At, received[1].At) >= TimeSpan.FromSeconds(1.9),
            "it was asked again too early");
    }

    [Fact]
    public async Task A_retry_after_beyond_all_numbers_is_a_day()
    {
        var (id, _, name) = await SubscribeAsync("never.*");
        Subscribers.Behave(name, (context, _) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "99999999999999999999";
            return Task.CompletedTask;
        });
        var before = TimeProvider.System.GetUtcNow();
        var emitted = await EmitAsync("""{"eventType":"never.again"}""");
        var retrying = await DeliveryAsync(id, emitted, "retrying");
        Assert.InRange(
            retrying.GetProperty("nextAttemptAt").GetDateTimeOffset() - before, TimeSpan.FromHours(24), TimeSpan.FromHours(24.1));
    }

    [Fact]
    public async Task Gone_disables_at_once_and_whoever_subscribed_to_that_is_told()
    {
        var (watcher, _, told) = await SubscribeAsync("subscription.disabled");
        var (id, _, name) = await SubscribeAsync("gone.*", ",\"description\":\"old one\"");
        Subscribers.Answer(name, 410);
        var emitted = await EmitAsync("""{"eventType":"gone.now"}""");
        await DeliveryAsync(id, emitted, "dead");
        var notice = await ReceivedAsync(told, r => r.Text.Contains(id, StringComparison.Ordinal), "the notice comes");
        Assert.Equal(
            $$"""{"eventType":"subscription.disabled","subscriptionId":"{{id}}","reason":"gone","client":"writer","description":"old one","source":"gateway"}""", notice.Text);
        var shown = await GetAsync("/v1/subscriptions/" + id);
        Assert.Equal((false, "gone"), (shown.GetProperty("enabled").GetBoolean(), shown.GetProperty("disabledReason").GetString()));
        var next = await EmitAsync("""{"eventType":"gone.still"}""");
        await DeliveryAsync(id, next, "skipped");
        Assert.Single(Subscribers.At(name));
        Assert.NotEqual(id, watcher);
    }
}
