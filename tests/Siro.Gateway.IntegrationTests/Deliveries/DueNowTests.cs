using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>A subscriber is mended: what waits for its next attempt is sent now. And whoever comes back finds the replays again.</summary>
public sealed class DueNowTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task A_delivery_that_waits_for_hours_is_sent_now_with_its_attempts_and_before_the_next_one_of_its_recording()
    {
        var (id, _, name) = await SubscribeAsync("hours.*", ",\"order\":\"recording\"");
        PutOff(name);
        var first = await EmitAsync("""{"eventType":"hours.a","recordingId":"rec-hours"}""");
        var waiting = await DeliveryAsync(id, first, "retrying");
        var second = await EmitAsync("""{"eventType":"hours.b","recordingId":"rec-hours"}""");
        Assert.True(waiting.GetProperty("nextAttemptAt").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddHours(1));
        await DeliveryAsync(id, second, "pending");
        var behind = await JsonAsync(await Writer.PostAsync($"/v1/deliveries/{second}.{id}/retry", null, Cancel), 409);
        Assert.Equal("delivery_underway", behind.GetProperty("code").GetString());
        Assert.Contains("due already", behind.GetProperty("detail").GetString(), StringComparison.Ordinal);

        var answer = new TaskCompletionSource();
        Subscribers.Behave(name, (_, _) => answer.Task);
        var due = await PostAsync($"/v1/deliveries/{first}.{id}/retry", status: 202);
        Assert.Equal(1, due.GetProperty("attemptCount").GetInt32());
        await Until.TrueAsync(() => Subscribers.At(name).Count(r => r.Id == first) == 2, "it is sent");
        var sending = await JsonAsync(await Writer.PostAsync($"/v1/deliveries/{first}.{id}/retry", null, Cancel), 409);
        Assert.Equal("delivery_underway", sending.GetProperty("code").GetString());
        Assert.Contains("being sent at this moment", sending.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Subscribers.At(name), r => r.Id == second);

        answer.SetResult();
        var delivered = await DeliveryAsync(id, first, "delivered");
        Assert.Equal((2, false), (delivered.GetProperty("attemptCount").GetInt32(), delivered.GetProperty("replay").GetBoolean()));
        await DeliveryAsync(id, second, "delivered");
        Assert.Equal([first, first, second], Subscribers.At(name).Select(r => r.Id));
        Assert.All(Subscribers.At(name), r => Assert.False(r.Headers.ContainsKey("siro-gateway-replay")));
    }

    [Fact]
    public async Task All_that_wait_are_sent_now_and_go_on_with_the_attempts_that_they_had_left()
    {
        var (id, _, name) = await SubscribeAsync("all.*", ",\"order\":\"recording\"");
        PutOff(name);
        var waiting = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            waiting.Add(await EmitAsync($$"""{"eventType":"all.{{(i == 0 ? "a" : "b")}}","recordingId":"rec-all-{{i}}"}"""));
            await DeliveryAsync(id, waiting[i], "retrying");
        }

        var last = await EmitAsync("""{"eventType":"all.c","recordingId":"rec-all-0"}""");
        const string filter = """{"status":"retrying"}""";
        Assert.Equal(3, (await PostAsync($"/v1/subscriptions/{id}/replay?preview=true", filter)).GetProperty("count").GetInt32());
        Assert.Equal(2, (await PostAsync(
            $"/v1/subscriptions/{id}/replay?preview=true", """{"status":"retrying","type":"all.b"}""")).GetProperty("count").GetInt32());

        // One fails once more: of its four attempts two are left.
        Subscribers.Behave(name, (context, received) =>
        {
            context.Response.StatusCode = received.Id == waiting[1] ? 500 : 200;
            return Task.CompletedTask;
        });
        var begun = await PostAsync($"/v1/subscriptions/{id}/replay", filter, 202);

        Assert.Equal(3, begun.GetProperty("count").GetInt32());
        await DeliveryAsync(id, waiting[0], "delivered");
        await DeliveryAsync(id, last, "delivered");
        await DeliveryAsync(id, waiting[2], "delivered");
        var dead = await DeliveryAsync(id, waiting[1], "dead");
        Assert.Equal((4, false), (dead.GetProperty("attemptCount").GetInt32(), dead.GetProperty("replay").GetBoolean()));
        Assert.Equal([waiting[0], waiting[0], last],
            Subscribers.At(name).Select(r => r.Id).Where(r => r == waiting[0] || r == last));
        var replay = $"/v1/subscriptions/{id}/replays/{begun.GetProperty("id").GetString()}";
        JsonElement over = default;
        await Until.TrueAsync(async () => (over = await GetAsync(replay)).GetProperty("state").GetString() == "done", "the replay ends");
        Assert.Equal(("retrying", 3), (over.GetProperty("status").GetString(), over.GetProperty("done").GetInt32()));
    }

    [Fact]
    public async Task A_replay_that_is_not_over_is_found_by_its_subscription_alone()
    {
        var (id, _, _) = await SubscribeAsync("open.*");
        var (other, _, _) = await SubscribeAsync("open.*");
        Assert.Empty(await OpenAsync(id));

        // It is asked to pause before it begins, so that it is still there.
        var replay = NewId("rpl_");
        await Service<ReplayControl>().AskAsync(replay, ReplayControl.Pause, Cancel);
        await Service<JobQueues>().Queue(ReplayJob.Declaration, "acme").EnqueueAsync(
            new NewJob<ReplayData>(new JobId(replay), ReplayData.Of(id, new ReplayFilter("dead", null, null, null, 100), 7)), null, Cancel);
        await Until.TrueAsync(
            async () => (await OpenAsync(id)) is [var one] && one.GetProperty("state").GetString() == "paused", "it is paused");
        var found = Assert.Single(await OpenAsync(id));
        Assert.Equal((replay, 7), (found.GetProperty("id").GetString(), found.GetProperty("count").GetInt32()));
        Assert.Empty(await OpenAsync(other));

        await PostAsync($"/v1/subscriptions/{id}/replays/{replay}/resume", status: 202);
        await Until.TrueAsync(async () => (await OpenAsync(id)).Length == 0, "it ends");
        await ProblemAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/replays/{replay}/pause", null, Cancel), 409, "replay_ended");
    }

    /// <summary>It refuses, and wants two hours.</summary>
    private void PutOff(string name) => Subscribers.Behave(name, (context, _) =>
    {
        context.Response.StatusCode = 503;
        context.Response.Headers.RetryAfter = "7200";
        return Task.CompletedTask;
    });

    private async Task<JsonElement[]> OpenAsync(string subscription) =>
        [.. (await GetAsync($"/v1/subscriptions/{subscription}/replays")).GetProperty("data").EnumerateArray()];
}
