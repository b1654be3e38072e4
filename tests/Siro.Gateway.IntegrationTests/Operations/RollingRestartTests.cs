using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>Three replicas are replaced one after another while calls, uploads and webhooks come in, through a client that does what a load balancer does.</summary>
public sealed class RollingRestartTests(RollingRestartTests.Fixture gateway) : IClassFixture<RollingRestartTests.Fixture>
{
    // A line for each call would push what matters out of the lines that are kept.
    private static readonly (string, string?)[] Fast = [("Shutdown:Notice", "00:00:01"), ("Shutdown:Drain", "00:00:20"), ("Logging:LogLevel:Siro.Gateway.Access", "Warning")];

    /// <summary>How often all three are replaced, and how many do the same at once: once and one, at the full measure three times and four.</summary>
    private static readonly (int Rounds, int Lanes) Scale = TestScale.Factor < 10 ? (1, 1) : (3, 4);

    [Fact]
    public async Task No_call_no_upload_no_event_and_no_lease_is_lost()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var subscribers = await Subscribers.StartAsync();
        await using var balancer = new Balancer();
        var replicas = new Queue<GatewayProcess>(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.StartProcessAsync(Fast))));
        var gone = new List<GatewayProcess>();
        try
        {
            foreach (var replica in replicas)
            {
                balancer.Add(replica);
            }

            await Until.TrueAsync(() => balancer.Ready == 3, "three replicas are ready");
            using (var created = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, "/v1/subscriptions") { Content = JsonContent.Create(new { url = subscribers.Url("all"), events = new[] { "*" } }) }))
            {
                Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
            }

            var failures = new ConcurrentQueue<string>();
            var (calls, uploads, events) = (new ConcurrentBag<int>(), new ConcurrentDictionary<string, byte>(StringComparer.Ordinal), new ConcurrentDictionary<string, byte>(StringComparer.Ordinal));
            using var end = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, Scale.Lanes).Select(lane => Task.WhenAll(
                WhileAsync(end.Token, 20, failures, async n =>
                {
                    using var answer = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, "/external/v1/core/users"));
                    calls.Add(n);
                    return await FailureAsync("call", answer);
                }),
                WhileAsync(end.Token, 20, failures, async n =>
                {
                    using var answer = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, "/platform/v1/core/recordings"));
                    calls.Add(n);
                    return await FailureAsync("call", answer);
                }),
                WhileAsync(end.Token, 150, failures, async n =>
                {
                    using var answer = await balancer.SendAsync(() => Forms.Request(Forms.Of(Uploads.Recordings.Wav(60_000, (n * Scale.Lanes) + lane)), key: $"rolling-{lane}-{n}"));
                    var failure = await FailureAsync("upload", answer);
                    if (failure is null)
                    {
                        uploads[(await Forms.BodyAsync(answer)).Text("id")] = 0;
                    }

                    return failure;
                }),
                WhileAsync(end.Token, 60, failures, async n =>
                {
                    var id = $"rolling-{lane}-{n}";
                    using var answer = await balancer.PostWebhookAsync("msg_" + id, "rec-" + id);
                    var failure = await FailureAsync("webhook", answer);
                    if (failure is null)
                    {
                        events["rec-" + id] = 0;
                    }

                    return failure;
                }))));

            for (var i = 0; i < 3 * Scale.Rounds; i++)
            {
                var fresh = await gateway.StartProcessAsync(Fast);
                replicas.Enqueue(fresh);
                balancer.Add(fresh);
                await Until.TrueAsync(() => balancer.IsReady(fresh), "the new replica is ready", TimeSpan.FromSeconds(30));
                var old = replicas.Dequeue();
                gone.Add(old);
                Assert.Equal(0, await old.StopAsync());
                balancer.Remove(old);
            }

            await end.CancelAsync();
            await load;

            Assert.Empty(failures);
            Assert.True(calls.Count > 20 && !uploads.IsEmpty && events.Count > 5, $"{calls.Count} calls, {uploads.Count} uploads, {events.Count} events");
            await Until.TrueAsync(() => events.Keys.All(Delivered(subscribers).Contains), "every acknowledged event is delivered", TimeSpan.FromSeconds(30));
            foreach (var id in uploads.Keys)
            {
                await Until.TrueAsync(async () =>
                {
                    using var answer = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"/v1/uploads/{id}"));
                    return (await Forms.BodyAsync(answer)).Text("status") == "created";
                }, $"upload {id} is created");
            }

            Assert.Equal(uploads.Count, gateway.Emulator.Journal.Read(method: "POST").Count(e => e.Path.EndsWith("/core/recordings/upload", StringComparison.Ordinal) && e.Status == 201));
            var lost = gone.Concat(replicas).SelectMany(g => g.Output).Count(l => l.Contains("the lease was lost", StringComparison.Ordinal));
            TestContext.Current.TestOutputHelper?.WriteLine($"{gone.Count} replicas replaced under {calls.Count} calls, {uploads.Count} uploads, {events.Count} events: {failures.Count} failed, {lost} leases lost, {subscribers.At("all").Count - Delivered(subscribers).Count} deliveries repeated");
            Assert.Equal(0, lost);
            Assert.DoesNotContain(gone.SelectMany(g => g.Output), l => l.Contains("\"level\":\"critical\"", StringComparison.Ordinal));
            Assert.All(gone, g => Assert.Contains(g.Output, l => l.Contains("Drained", StringComparison.Ordinal)));
        }
        finally
        {
            foreach (var replica in replicas.Concat(gone))
            {
                await replica.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task From_the_signal_on_it_is_not_ready_and_still_serves_whoever_comes()
    {
        await using var replica = await gateway.StartProcessAsync(("Shutdown:Notice", "00:00:03"));
        using var client = replica.CreateClient();
        Assert.True((await client.GetAsync("/health/ready")).IsSuccessStatusCode);

        replica.Process.Terminate();
        await Until.TrueAsync(async () => (int)(await client.GetAsync("/health/ready")).StatusCode == 503, "it is not ready", TimeSpan.FromSeconds(10));
        using var served = await client.GetAsync("/v1/me");
        Assert.True(served.IsSuccessStatusCode);
        Assert.True(served.Headers.ConnectionClose);
        Assert.Equal(0, await replica.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Work_that_does_not_end_in_time_is_given_back_and_another_replica_does_it()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var subscribers = await Subscribers.StartAsync();
        var hangs = 1;
        subscribers.Behave("hangs", async (context, _) =>
        {
            if (Interlocked.Exchange(ref hangs, 0) == 1)
            {
                // Until whoever sent it hangs up.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        (string, string?)[] settings = [("Shutdown:Drain", "00:00:05"), ("Shutdown:Notice", "00:00:00"), ("Webhooks:Timeout", "00:01:00")];
        await using var going = await gateway.StartProcessAsync(settings);
        using var client = going.CreateClient();
        using (var created = await client.PostAsJsonAsync("/v1/subscriptions", new { url = subscribers.Url("hangs"), events = new[] { "*" } }, TestContext.Current.CancellationToken))
        {
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        using (var taken = await client.PostWebhookAsync("msg_hangs", SiroSender.Event("rec-hangs")))
        {
            Assert.True(taken.IsSuccessStatusCode);
        }

        await Until.TrueAsync(() => subscribers.At("hangs").Count == 1, "the delivery hangs");
        await using var staying = await gateway.StartProcessAsync(settings);
        var signalled = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await going.StopAsync());
        var ended = TimeProvider.System.GetElapsedTime(signalled);
        await Until.TrueAsync(() => subscribers.At("hangs").Count == 2, "another replica delivers");
        TestContext.Current.TestOutputHelper?.WriteLine($"ended {ended.TotalSeconds:0.0} s after the signal, delivered by the other {TimeProvider.System.GetElapsedTime(signalled).TotalSeconds:0.0} s after it");
        Assert.Contains(going.Output, l => l.Contains("they are given back", StringComparison.Ordinal));
        Assert.DoesNotContain(going.Output.Concat(staying.Output), l => l.Contains("the lease was lost", StringComparison.Ordinal));
    }

    private static HashSet<string> Delivered(Subscribers subscribers) =>
        subscribers.At("all").Select(r => r.Json.TryGetProperty("recordingId", out var id) ? id.GetString()! : "").ToHashSet(StringComparer.Ordinal);

    private static async Task<string?> FailureAsync(string what, HttpResponseMessage answer) =>
        answer.IsSuccessStatusCode ? null : $"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";

    private static async Task WhileAsync(CancellationToken end, int pauseMs, ConcurrentQueue<string> failures, Func<int, Task<string?>> work)
    {
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            try
            {
                if (await work(n) is { } failure)
                {
                    failures.Enqueue(failure);
                }
            }
            catch (HttpRequestException e)
            {
                failures.Enqueue(e.ToString());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Takes the ready replicas in turn; asks each five times a second whether it is.</summary>
    private sealed class Balancer : IAsyncDisposable
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

        public Task<HttpResponseMessage> PostWebhookAsync(string id, string recording) => Pick().PostWebhookAsync(id, SiroSender.Event(recording));

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAll(_watching);
            _end.Dispose();
        }

        private HttpClient Pick()
        {
            var ready = _targets.Values.Where(t => t.Ready).ToArray();
            return ready.Length == 0 ? throw new HttpRequestException("No replica is ready.") : ready[(int)((uint)Interlocked.Increment(ref _next) % ready.Length)].Client;
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

                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        private sealed class Target(HttpClient client)
        {
            public HttpClient Client { get; } = client;

            public volatile bool Ready;
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        // The load is not held back by Siro's limit: what is looked for is what a restart loses.
        protected override Siro.Emulator.EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = "100000";
            return Task.CompletedTask;
        }
    }
}
