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
        List<string> others = [];
        for (var i = 0; i < 12; i++)
        {
            others.Add((await SubscribeAsync("isolation.*", ",\"timeout\":30")).Name);
        }

        await MeasureAsync(quick);
        var healthy = await MeasureAsync(quick);

        // The same twelve, and one where nobody listens.
        await PostAsync("/v1/subscriptions", $$"""{"url":"http://127.0.0.1:{{FreePort.Take(1)[0]}}/","events":["isolation.*"]}""", 201);
        foreach (var (i, other) in others.Index())
        {
            switch (i % 3)
            {
                case 0:
                    Subscribers.Behave(other, (context, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
                    break;
                case 1:
                    Subscribers.Behave(other, (context, _) => Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System, context.RequestAborted));
                    break;
                default:
                    Subscribers.Answer(other, 503);
                    break;
            }
        }

        var beside = await MeasureAsync(quick);
        TestContext.Current.TestOutputHelper!.WriteLine($"beside 12 healthy ones  p50 {healthy.P50:0.0} ms, p99 {healthy.P99:0.0} ms; beside 13 that hang, crawl, fail or are gone  p50 {beside.P50:0.0} ms, p99 {beside.P99:0.0} ms");

        // Far below any of the others' times; the rest is a busy machine's noise.
        Assert.InRange(beside.P50, 0, (healthy.P50 * 2) + 100);
        Assert.InRange(beside.P99, 0, (healthy.P99 * 2) + 500);
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
