using Microsoft.AspNetCore.Http;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>A subscriber that hangs, is slow or dead holds no other up. By how little, the benchmark of webhooks measures.</summary>
public sealed class IsolationTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    private const int Events = 150;

    [Fact]
    public async Task A_subscriber_gets_everything_while_others_hang_crawl_and_fail()
    {
        var (_, _, quick) = await SubscribeAsync("isolation.*");
        await PostAsync("/v1/subscriptions", $$"""{"url":"http://127.0.0.1:{{FreePort.Take(1)[0]}}/","events":["isolation.*"]}""", 201);
        var ended = 0;
        List<string> holding = [];
        for (var i = 0; i < 12; i++)
        {
            // Nobody is given up before the quick one has everything: their time-outs are longer than the wait below.
            var (_, _, name) = await SubscribeAsync("isolation.*", ",\"timeout\":300");
            if (i % 3 == 2)
            {
                Subscribers.Answer(name, 503);
                continue;
            }

            var crawls = i % 3 == 1;
            holding.Add(name);
            Subscribers.Behave(name, async (context, _) =>
            {
                if (crawls)
                {
                    await context.Response.WriteAsync("a word, and no end");
                    await context.Response.Body.FlushAsync();
                }

                var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var hangingUp = context.RequestAborted.Register(gone.SetResult);
                await gone.Task;
                Interlocked.Increment(ref ended);
            });
        }

        List<string> sent = [];
        for (var i = 0; i < Events; i++)
        {
            sent.Add(await EmitAsync("""{"eventType":"isolation.event"}"""));
        }

        await Until.TrueAsync(
            () => !sent.Except(Subscribers.At(quick).Select(r => r.Id)).Any(), "all events come", TimeSpan.FromSeconds(60));
        await Until.TrueAsync(() => holding.All(h => Subscribers.At(h).Count > 0), "the others are being called");
        Assert.Equal(0, Volatile.Read(ref ended));
    }
}
