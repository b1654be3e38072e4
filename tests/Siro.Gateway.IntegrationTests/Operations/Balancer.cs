using System.Collections.Concurrent;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>A load balancer: takes the ready replicas in turn, and asks each five times a second whether it is ready.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<GatewayProcess, Target> _targets = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _watching = [];
    private int _next;

    public int Ready => _targets.Values.Count(t => t.Ready);

    public void Add(GatewayProcess replica)
    {
        var target = new Target(replica.CreateClient());
        _targets[replica] = target;
        _watching.Add(WatchAsync(target));
    }

    public bool IsReady(GatewayProcess replica) => _targets[replica].Ready;

    public void Remove(GatewayProcess replica) => _targets.TryRemove(replica, out _);

    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make)
    {
        using var request = make();
        return await Pick().SendAsync(request);
    }

    public Task<HttpResponseMessage> PostWebhookAsync(string id, string recording) =>
        Pick().PostWebhookAsync(id, SiroSender.Event(recording));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_watching);
        _end.Dispose();
    }

    private HttpClient Pick()
    {
        var ready = _targets.Values.Where(t => t.Ready).ToArray();
        return ready.Length == 0
            ? throw new HttpRequestException("No replica is ready.")
            : ready[(int)((uint)Interlocked.Increment(ref _next) % ready.Length)].Client;
    }

    private async Task WatchAsync(Target target)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var answer = await target.Client.GetAsync("/health/ready");
                target.Ready = answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                target.Ready = false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, _end.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Target(HttpClient client)
    {
        public HttpClient Client { get; } = client;

        public volatile bool Ready;
    }
}
