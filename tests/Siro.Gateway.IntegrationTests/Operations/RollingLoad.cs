using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// What callers do while replicas come and go: proxied calls, uploads, recordings by URL, and Siro's webhooks for three subscriptions (one
/// whose endpoint fails every event's first attempt, one that is read). <see cref="CheckAsync"/> then looks for everything acknowledged.
/// </summary>
internal sealed class RollingLoad(GatewayFixture gateway, Balancer balancer, Subscribers subscribers, int lanes)
{
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentBag<int> _proxied = [];
    private readonly ConcurrentDictionary<string, byte> _uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _events = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _failedOnce = new(StringComparer.Ordinal);
    private readonly List<string> _pushed = [];
    private string _reader = "";

    public int Events => _events.Count;

    public override string ToString() =>
        $"{_proxied.Count} proxied calls, {_uploads.Count} uploads, {_calls.Count} recordings by URL, {_events.Count} events; "
        + $"{_failures.Count} failed; {subscribers.At("all").Count} deliveries, {Repeated("all")} of them repeats; "
        + $"{_failedOnce.Count} first attempts answered 503, {Repeated("fails-once")} second attempts";

    public async Task SubscribeAsync()
    {
        subscribers.Behave("fails-once", (context, received) =>
        {
            context.Response.StatusCode = _failedOnce.TryAdd(received.Id, 0) ? 503 : 200;
            return Task.CompletedTask;
        });
        _pushed.Add(await SubscribeAsync(new { url = subscribers.Url("all"), events = new[] { "*" } }));
        _pushed.Add(await SubscribeAsync(new { url = subscribers.Url("fails-once"), events = new[] { "*" } }));
        _reader = await SubscribeAsync(new { pull = true, events = new[] { "*" } });
    }

    public Task RunAsync(CancellationToken end) => Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.WhenAll(
        WhileAsync(end, 20, _ => ProxyAsync("/external/v1/core/users")),
        WhileAsync(end, 20, _ => ProxyAsync("/platform/v1/core/recordings")),
        WhileAsync(end, 150, n => UploadAsync($"{lane}-{n}", (n * lanes) + lane)),
        WhileAsync(end, 250, n => CallAsync($"{lane}-{n}")),
        WhileAsync(end, 60, n => EventAsync($"rolling-{lane}-{n}")))));

    /// <summary>Until so many further events were acknowledged: the replicas that run now have all worked.</summary>
    public Task GoesOnAsync(int events)
    {
        var before = Events;
        return Until.TrueAsync(() => Events >= before + events, "the load goes on", TimeSpan.FromSeconds(60));
    }

    /// <summary>Nothing was refused, and everything that was acknowledged is done, once where it may be done once only.</summary>
    public async Task CheckAsync()
    {
        Assert.Empty(_failures);
        Assert.True(_proxied.Count > 20 && !_uploads.IsEmpty && !_calls.IsEmpty && _events.Count > 5, ToString());
        var most = TimeSpan.FromSeconds(60);
        await Until.TrueAsync(() => _events.Keys.All(Delivered("all").Contains), "every acknowledged event is delivered", most);
        await Until.TrueAsync(
            () => _events.Keys.All(Twice("fails-once").Contains),
            "every event whose first attempt failed is delivered",
            most);
        await Until.TrueAsync(async () => _events.Keys.All((await ReadAsync()).Contains), "every acknowledged event is read", most);
        foreach (var (path, id) in _uploads.Keys.Select(id => ("uploads", id)).Concat(_calls.Keys.Select(id => ("calls", id))))
        {
            await Until.TrueAsync(
                async () => (await GetAsync($"/v1/{path}/{id}")).Text("status") == "created", $"{path} {id} is created", most);
        }

        var made = gateway.Emulator.Journal.Read(method: "POST")
            .Count(e => e.Path.EndsWith("/core/recordings/upload", StringComparison.Ordinal) && e.Status == 201);
        Assert.Equal(_uploads.Count + _calls.Count, made);
        foreach (var subscription in _pushed)
        {
            var dead = await GetAsync($"/v1/deliveries?status=dead&subscription={subscription}");
            Assert.Empty(dead.GetProperty("data").EnumerateArray());
        }
    }

    private HashSet<string> Delivered(string name) => [.. subscribers.At(name).Select(r => Recording(r.Json))];

    private HashSet<string> Twice(string name) =>
        [.. from received in subscribers.At(name)
            group received by received.Id into attempts
            where attempts.Skip(1).Any()
            select Recording(attempts.First().Json)];

    private int Repeated(string name) => subscribers.At(name).GroupBy(r => r.Id, StringComparer.Ordinal).Sum(g => g.Count() - 1);

    private static string Recording(JsonElement body) => body.TryGetProperty("recordingId", out var id) ? id.GetString()! : "";

    /// <summary>All that the subscription without an endpoint has, page by page.</summary>
    private async Task<HashSet<string>> ReadAsync()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var cursor = "0"; ;)
        {
            var page = await GetAsync($"/v1/subscriptions/{_reader}/events?limit=100&cursor={cursor}");
            var events = page.GetProperty("data").EnumerateArray().ToList();
            if (events.Count == 0)
            {
                return found;
            }

            found.UnionWith(events.Select(e => Recording(e.GetProperty("payload"))));
            cursor = page.Text("cursor");
        }
    }

    private async Task<string?> ProxyAsync(string path)
    {
        using var answer = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path));
        _proxied.Add(0);
        return await FailureAsync("call", answer);
    }

    private async Task<string?> UploadAsync(string name, int seed)
    {
        using var answer = await balancer.SendAsync(() =>
            Forms.Request(Forms.Of(Uploads.Recordings.Wav(60_000, seed)), key: "rolling-" + name));
        var failure = await FailureAsync("upload", answer);
        if (failure is null)
        {
            _uploads[(await Forms.BodyAsync(answer)).Text("id")] = 0;
        }

        return failure;
    }

    private async Task<string?> CallAsync(string name)
    {
        var url = gateway.Emulator.VoipProvider.Add(new VoipRecording("rolling-" + name, CallWords.Audio));
        var startedAt = TimeProvider.System.GetUtcNow();
        var call = new { recordingUrl = url, startedAt, sourceId = "rolling-" + name, rep = new { userId = gateway.Users[0] } };
        using var answer = await balancer.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, "/v1/calls") { Content = JsonContent.Create(call) });
        var failure = await FailureAsync("recording by URL", answer);
        if (failure is null)
        {
            _calls[(await Forms.BodyAsync(answer)).Text("id")] = 0;
        }

        return failure;
    }

    private async Task<string?> EventAsync(string name)
    {
        using var answer = await balancer.PostWebhookAsync("msg_" + name, "rec-" + name);
        var failure = await FailureAsync("webhook", answer);
        if (failure is null)
        {
            _events["rec-" + name] = 0;
        }

        return failure;
    }

    private async Task<string> SubscribeAsync(object subscription)
    {
        using var created = await balancer.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, "/v1/subscriptions") { Content = JsonContent.Create(subscription) });
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        return (await Forms.BodyAsync(created)).Text("id");
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await balancer.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path));
        return await Forms.BodyAsync(answer);
    }

    private static async Task<string?> FailureAsync(string what, HttpResponseMessage answer) =>
        answer.IsSuccessStatusCode ? null : $"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";

    private async Task WhileAsync(CancellationToken end, int pauseMs, Func<int, Task<string?>> work)
    {
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            try
            {
                if (await work(n) is { } failure)
                {
                    _failures.Enqueue(failure);
                }
            }
            catch (HttpRequestException e)
            {
                _failures.Enqueue(e.ToString());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), TimeProvider.System, CancellationToken.None);
        }
    }
}
