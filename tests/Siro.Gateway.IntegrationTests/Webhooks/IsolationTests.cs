using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Webhooks;

/// <summary>A subscriber that hangs, is slow or dead delays the others by nothing measurable.</summary>
public sealed class IsolationTests(WebhookFixture gateway) : HubTest(gateway)
{
    private const int Events = 150;

    [Fact]
    public async Task A_quick_subscriber_is_as_quick_beside_hanging_slow_and_dead_ones()
    {
        var (_, _, quick) = await SubscribeAsync("isolation.*");
        await MeasureAsync(quick);
        var alone = await MeasureAsync(quick);

        for (var i = 0; i < 4; i++)
        {
            var (_, _, hanging) = await SubscribeAsync("isolation.*");
            Subscribers.Behave(hanging, (context, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
            var (_, _, slow) = await SubscribeAsync("isolation.*", ",\"timeout\":30");
            Subscribers.Behave(slow, (context, _) => Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System, context.RequestAborted));
            var (_, _, failing) = await SubscribeAsync("isolation.*");
            Subscribers.Answer(failing, 503);
        }

        await PostAsync("/v1/subscriptions", $$"""{"url":"http://127.0.0.1:{{FreePort.Take(1)[0]}}/","events":["isolation.*"]}""", 201);
        var beside = await MeasureAsync(quick);
        TestContext.Current.TestOutputHelper!.WriteLine($"alone  p50 {alone.P50:0.0} ms, p99 {alone.P99:0.0} ms; beside 13 others that hang, crawl or fail  p50 {beside.P50:0.0} ms, p99 {beside.P99:0.0} ms");

        // Far below any of the others' times; the rest is what thirteen times the enqueues cost on a busy machine.
        Assert.InRange(beside.P50, 0, (alone.P50 * 5) + 200);
        Assert.InRange(beside.P99, 0, (alone.P99 * 5) + 700);
    }

    /// <summary>Times from the acknowledgement to the subscriber's first byte.</summary>
    private async Task<(double P50, double P99)> MeasureAsync(string name)
    {
        var acknowledged = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < Events; i++)
        {
            acknowledged[await EmitAsync("""{"eventType":"isolation.event"}""")] = Stopwatch.GetTimestamp();
        }

        await Until.TrueAsync(() => Subscribers.At(name).Select(r => r.Id).Intersect(acknowledged.Keys).Count() == Events, "all events come", TimeSpan.FromSeconds(60));
        var times = Subscribers.At(name).Where(r => acknowledged.ContainsKey(r.Id))
            .Select(r => Math.Max(0, Stopwatch.GetElapsedTime(acknowledged[r.Id], r.At).TotalMilliseconds)).Order().ToList();
        return (times[times.Count / 2], times[times.Count * 99 / 100]);
    }
}
