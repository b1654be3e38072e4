using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// What a company does all day, from senders that repeat what is not acknowledged: Siro's events, uploads with an idempotency key, calls by
/// reference, calls that pass through with a key and with a token. It keeps what was acknowledged, and how each refusal was called.
/// </summary>
internal sealed class ChaosLoad(ChaosFixture fixture) : IAsyncDisposable
{
    private const string Started = "2026-03-04T15:06:07Z";

    private static readonly string[] Kinds = ["event", "upload", "call", "read", "token"];

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Uri, HttpClient> _clients = new();
    private readonly ConcurrentDictionary<(string Kind, Uri Gateway), long> _lastSuccess = new();
    private readonly ConcurrentDictionary<string, byte> _events = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _calls = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Task _running = Task.CompletedTask;
    private int _next;
    private int _busy;

    /// <summary>How often what was refused, and how: <c>upload 503 store_unavailable</c>.</summary>
    public ConcurrentDictionary<string, int> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>What was acknowledged, by kind.</summary>
    public ConcurrentDictionary<string, int> Acknowledged { get; } = new(StringComparer.Ordinal);

    public void Start() => _running = Task.WhenAll(
        RepeatAsync(40, n => EventAsync($"rec-chaos-{n}")),
        RepeatAsync(250, n => UploadAsync($"upload-{n}")),
        RepeatAsync(400, n => CallAsync($"call-{n}")),
        RepeatAsync(150, _ => TryAsync("read", ReadAsync)),
        RepeatAsync(200, _ => TryAsync("token", TokenAsync)));

    /// <summary>Nothing new until it is disposed; what is under way ends first.</summary>
    public async Task<IDisposable> PauseAsync()
    {
        await _gate.WaitAsync();
        await Until.TrueAsync(() => Volatile.Read(ref _busy) == 0, "nothing is under way", TimeSpan.FromSeconds(60));
        return new Pause(_gate);
    }

    /// <summary>Waits until every gateway has done something of every kind that began after this moment.</summary>
    public Task RecoveredAsync(long since, TimeSpan within) => Until.TrueAsync(
        () => Kinds.All(k => fixture.Addresses.All(a => _lastSuccess.GetValueOrDefault((k, a)) > since)),
        "every gateway does everything again",
        within);

    /// <summary>
    /// Waits until all that was acknowledged has come to its end: events are delivered, uploads and calls one recording each.
    /// </summary>
    public async Task SettledAsync(TimeSpan within)
    {
        var events = _events.Keys.ToList();
        await Until.TrueAsync(
            () => fixture.Subscribers.At("all").Select(r => r.Id).ToHashSet(StringComparer.Ordinal).IsSupersetOf(events),
            "every acknowledged event is delivered",
            within);
        events.ForEach(e => _events.TryRemove(e, out _));
        await EndedAsync(_uploads, "/v1/uploads/", within);
        await EndedAsync(_calls, "/v1/calls/", within);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        _gate.Dispose();
        _stop.Dispose();
    }

    private async Task EndedAsync(ConcurrentDictionary<string, string> started, string path, TimeSpan within)
    {
        foreach (var (title, id) in started.ToArray())
        {
            string? status = null;
            await Until.TrueAsync(
                async () =>
                {
                    using var client = GatewayInProcess.ClientOf(Pick(), GatewaySettings.AdminKey);
                    using var answer = await client.GetAsync(path + id);
                    status = answer.IsSuccessStatusCode ? (await Forms.BodyAsync(answer)).Text("status") : null;
                    return status is "created" or "uncertain";
                },
                $"{path}{id} ends; last seen {status}",
                within);
            var made = fixture.Emulator.State.Recordings.All.Count(r => r.Title == title);

            // Where the answer to the creation was lost, the gateway says that it does not know: there is one, or none.
            Assert.True(made == 1 || (made == 0 && status == "uncertain"), $"{title} is {status} and {made} recordings");
            Acknowledged.AddOrUpdate($"{title.Split('-')[0]} {status}", 1, (_, n) => n + 1);
            started.TryRemove(title, out _);
        }
    }

    private Task EventAsync(string recording) => UntilTakenAsync(
        "event",
        (client, cancel) => client.PostWebhookAsync("msg_" + recording, SiroSender.Event(recording)).WaitAsync(cancel),
        _ => _events["msg_" + recording] = 0);

    private Task UploadAsync(string name) => UntilTakenAsync(
        "upload",
        (client, cancel) => client.SendAsync(Keyed(Forms.Request(Forms.Of(FileOf(name), title: name), key: name)), cancel),
        body => _uploads[name] = body.Text("id"));

    /// <summary>Other bytes for each, the same for each repetition.</summary>
    private static byte[] FileOf(string name) => Uploads.Recordings.Wav(20_000, seed: name.GetHashCode(StringComparison.Ordinal));

    private Task CallAsync(string name)
    {
        var url = fixture.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio));
        var rep = new { email = "rep1@example.com" };
        return UntilTakenAsync(
            "call",
            (client, cancel) => client.SendAsync(
                Keyed(new HttpRequestMessage(HttpMethod.Post, "/v1/calls")
                {
                    Content = JsonContent.Create(new { recordingUrl = url, startedAt = Started, sourceId = name, rep, title = name }),
                }),
                cancel),
            body => _calls[name] = body.Text("id"));
    }

    private static HttpRequestMessage Keyed(HttpRequestMessage request)
    {
        request.Headers.Add("X-Api-Key", GatewaySettings.AdminKey);
        return request;
    }

    private static Task<HttpResponseMessage> ReadAsync(HttpClient client, CancellationToken cancel) =>
        client.SendAsync(Keyed(new HttpRequestMessage(HttpMethod.Get, "/external/v1/core/users")), cancel);

    private Task<HttpResponseMessage> TokenAsync(HttpClient client, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", fixture.Provider.Token("app"));
        return client.SendAsync(request, cancel);
    }

    /// <summary>A sender that repeats until it is acknowledged, or told that nobody knows.</summary>
    private async Task UntilTakenAsync(
        string kind, Func<HttpClient, CancellationToken, Task<HttpResponseMessage>> send, Action<JsonElement> taken)
    {
        while (!_stop.IsCancellationRequested)
        {
            var (body, code) = await TryAsync(kind, send);
            if (body is { } answer)
            {
                taken(answer);
                return;
            }

            if (code == "upload_uncertain")
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private async Task<(JsonElement? Body, string Code)> TryAsync(
        string kind, Func<HttpClient, CancellationToken, Task<HttpResponseMessage>> send)
    {
        var gateway = Pick();
        var client = _clients.GetOrAdd(gateway, address => GatewayInProcess.ClientOf(address, apiKey: null));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var began = TimeProvider.System.GetTimestamp();
        string code;
        try
        {
            using var answer = await send(client, patience.Token);
            if (answer.IsSuccessStatusCode)
            {
                // Read without the test's token: the load is older than the test.
                var body = await answer.Content.ReadFromJsonAsync<JsonElement>(patience.Token);
                _lastSuccess.AddOrUpdate((kind, gateway), began, (_, last) => Math.Max(last, began));
                Acknowledged.AddOrUpdate(kind, 1, (_, n) => n + 1);
                return (body, "");
            }

            code = answer.Header("Siro-Gateway-Error") ?? "of Siro's";
            Refusals.AddOrUpdate($"{kind} {(int)answer.StatusCode} {code}", 1, (_, n) => n + 1);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            code = "no answer";
            Refusals.AddOrUpdate($"{kind} {code}", 1, (_, n) => n + 1);
        }

        return (null, code);
    }

    private Uri Pick()
    {
        var all = fixture.Addresses;
        return all[(int)((uint)Interlocked.Increment(ref _next) % all.Count)];
    }

    private async Task RepeatAsync(int pauseMs, Func<int, Task> work)
    {
        for (var n = 0; !_stop.IsCancellationRequested; n++)
        {
            await _gate.WaitAsync();
            Interlocked.Increment(ref _busy);
            _gate.Release();
            await work(n);
            Interlocked.Decrement(ref _busy);
            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), TimeProvider.System, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Pause(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
