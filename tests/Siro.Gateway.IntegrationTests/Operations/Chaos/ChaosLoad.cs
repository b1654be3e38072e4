using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// What a company does all day, from senders that repeat what is not acknowledged, at the next gateway each time: Siro's events, uploads
/// with an idempotency key, calls by reference, calls that pass through with a key and with a token. It keeps what was acknowledged, and
/// how each refusal was called.
/// </summary>
internal sealed class ChaosLoad : IAsyncDisposable
{
    /// <summary>Of each kind: one that waits for a gateway that stands still does not keep the others.</summary>
    private const int Senders = 3;

    private const string Started = "2026-03-04T15:06:07Z";

    private readonly ChaosFixture _fixture;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Uri, HttpClient> _clients = new();
    private readonly ConcurrentDictionary<(string Kind, Uri Gateway), long> _lastSuccess = new();
    private readonly ConcurrentDictionary<(string Kind, Uri Gateway), string> _lastRefusal = new();
    private readonly ConcurrentDictionary<string, int> _next = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _events = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _delivered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _jobs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly (string Kind, int PauseMs, Func<string, Task> Send)[] _kinds;
    private Task[] _running = [];
    private int _busy;

    public ChaosLoad(ChaosFixture fixture)
    {
        _fixture = fixture;
        _kinds =
        [
            ("event", 120, EventAsync),
            ("upload", 1200, UploadAsync),
            ("call", 1800, CallAsync),
            ("read", 450, _ => TryAsync("read", () => Keyed(HttpMethod.Get, "/external/v1/core/users"))),
            ("token", 600, _ => TryAsync("token", Token)),
        ];
    }

    /// <summary>How often what was refused, and how: <c>upload 503 store_unavailable</c>.</summary>
    public ConcurrentDictionary<string, int> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>What was acknowledged, by kind, and how uploads and calls ended.</summary>
    public ConcurrentDictionary<string, int> Acknowledged { get; } = new(StringComparer.Ordinal);

    public void Start()
    {
        _fixture.Subscribers.Behave("all", (_, received) =>
        {
            _delivered[received.Id] = 0;
            return Task.CompletedTask;
        });
        _running = [.. _kinds.SelectMany(k => Enumerable.Range(0, Senders).Select(s => RepeatAsync($"{k.Kind}-{s}", k.PauseMs, k.Send)))];
    }

    /// <summary>Nothing new until it is disposed; what is under way ends first.</summary>
    public async Task<IDisposable> PauseAsync()
    {
        await _gate.WaitAsync();
        await Until.TrueAsync(() => Volatile.Read(ref _busy) == 0, "nothing is under way", TimeSpan.FromSeconds(60));
        return new Pause(_gate);
    }

    /// <summary>Looks no longer for what an earlier fault left undone: that was reported.</summary>
    public void Forget()
    {
        _events.Clear();
        _jobs.Clear();
    }

    /// <summary>Waits until every gateway has done something of every kind that began after this moment.</summary>
    public Task RecoveredAsync(long since, TimeSpan within) => WaitAsync(
        async () =>
        {
            // A sender that has ended says why.
            await Task.WhenAll(_running.Where(r => r.IsCompleted));
            return _kinds.SelectMany(k => _fixture.Addresses.Select(a => (k.Kind, a)))
                .Where(k => _lastSuccess.GetValueOrDefault(k) <= since)
                .Select(k => $"{k.Kind} at {k.a}, last refused by '{_lastRefusal.GetValueOrDefault(k)}'")
                .ToList();
        },
        "every gateway does everything again",
        within);

    /// <summary>
    /// Waits until all that was acknowledged by now has come to its end: events are delivered, uploads and calls one recording each.
    /// </summary>
    public async Task SettledAsync(TimeSpan within)
    {
        var events = _events.Keys.ToHashSet(StringComparer.Ordinal);
        await WaitAsync(
            () =>
            {
                foreach (var id in events.Where(_delivered.ContainsKey).ToList())
                {
                    events.Remove(id);
                    _events.TryRemove(id, out _);
                }

                return Task.FromResult<IReadOnlyCollection<string>>(events);
            },
            "every acknowledged event is delivered",
            within);
        var jobs = _jobs.ToDictionary(j => j.Key, j => $"{j.Key} at {j.Value}", StringComparer.Ordinal);
        await WaitAsync(
            async () =>
            {
                foreach (var title in jobs.Keys.ToList())
                {
                    var (job, refusal) = await TryAsync("status", () => Keyed(HttpMethod.Get, _jobs[title]));
                    if (job?.Text("status") is "created" or "uncertain")
                    {
                        AssertOne(title, job.Value.Text("status"));
                        jobs.Remove(title);
                        _jobs.TryRemove(title, out _);
                    }
                    else
                    {
                        jobs[title] = $"{title} at {_jobs[title]}: {refusal ?? job.ToString()}";
                    }
                }

                await WaitAsync(jobs.Count == 0 ? 0 : 100);
                return jobs.Values;
            },
            "every acknowledged upload and call ends",
            within);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        _gate.Dispose();
        _stop.Dispose();
    }

    /// <summary>Looks until nothing is missing; says what is when it takes too long.</summary>
    private async Task WaitAsync(Func<Task<IReadOnlyCollection<string>>> missing, string what, TimeSpan within)
    {
        IReadOnlyCollection<string> last = [];
        try
        {
            await Until.TrueAsync(async () => (last = await missing()).Count == 0, what, within);
        }
        catch (Xunit.Sdk.FailException e)
        {
            var log = _fixture.Gateway.Log.Concat(_fixture.Processes.SelectMany(p => p.Output.TakeLast(15))).TakeLast(50);
            Assert.Fail($"{e.Message} Missing {last.Count}: {string.Join("; ", last.Take(6))}\nPrinted:\n{string.Join('\n', log)}");
        }
    }

    /// <summary>Where the answer to the creation was lost, the gateway says that it does not know: there is one, or none.</summary>
    private void AssertOne(string title, string status)
    {
        var made = _fixture.Emulator.State.Recordings.All.Count(r => r.Title == title);
        Assert.True(made == 1 || (made == 0 && status == "uncertain"), $"{title} is {status} and {made} recordings");
        Count(Acknowledged, $"{title.Split('-')[0]} {status}");
    }

    private async Task EventAsync(string name)
    {
        var id = "msg_" + name;
        var body = Encoding.UTF8.GetBytes(SiroSender.Event("rec-" + name));
        if (await UntilTakenAsync("event", () => SiroSender.Request(id, body)) is not null)
        {
            _events[id] = 0;
        }
    }

    private async Task UploadAsync(string title)
    {
        // Other bytes for each, the same for each repetition.
        var file = Uploads.Recordings.Wav(20_000, seed: title.GetHashCode(StringComparison.Ordinal));
        if (await UntilTakenAsync("upload", () => Keyed(Forms.Request(Forms.Of(file, title: title), key: title))) is { } upload)
        {
            _jobs[title] = "/v1/uploads/" + upload.Text("id");
        }
    }

    private async Task CallAsync(string title)
    {
        var url = _fixture.Emulator.VoipProvider.Add(new VoipRecording(title, CallWords.Audio));
        var call = new { recordingUrl = url, startedAt = Started, sourceId = title, rep = new { email = "rep1@example.com" }, title };
        if (await UntilTakenAsync("call", () => Keyed(HttpMethod.Post, "/v1/calls", JsonContent.Create(call))) is { } taken)
        {
            _jobs[title] = "/v1/calls/" + taken.Text("id");
        }
    }

    private HttpRequestMessage Token()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _fixture.Provider.Token("app"));
        return request;
    }

    private static HttpRequestMessage Keyed(HttpMethod method, string path, HttpContent? content = null) =>
        Keyed(new HttpRequestMessage(method, path) { Content = content });

    private static HttpRequestMessage Keyed(HttpRequestMessage request)
    {
        request.Headers.Add("X-Api-Key", GatewaySettings.AdminKey);
        return request;
    }

    /// <summary>Repeats until it is acknowledged, or told that nobody knows (null).</summary>
    private async Task<JsonElement?> UntilTakenAsync(string kind, Func<HttpRequestMessage> request)
    {
        while (!_stop.IsCancellationRequested)
        {
            var (body, code) = await TryAsync(kind, request);
            if (body is not null || code == "upload_uncertain")
            {
                return body;
            }

            await WaitAsync(100);
        }

        return null;
    }

    private async Task<(JsonElement? Body, string? Code)> TryAsync(string kind, Func<HttpRequestMessage> make)
    {
        var gateway = _fixture.Addresses[_next.AddOrUpdate(kind, 0, (_, n) => (n + 1) % _fixture.Addresses.Count)];
        var client = _clients.GetOrAdd(gateway, address => GatewayInProcess.ClientOf(address, apiKey: null));
        using var timeLimit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var began = TimeProvider.System.GetTimestamp();
        string code;
        try
        {
            using var request = make();
            using var answer = await client.SendAsync(request, timeLimit.Token);
            if (answer.IsSuccessStatusCode)
            {
                var body = await answer.Content.ReadFromJsonAsync<JsonElement>(timeLimit.Token);
                _lastSuccess[(kind, gateway)] = began;
                Count(Acknowledged, kind);
                return (body, null);
            }

            code = answer.Header("Siro-Gateway-Error") ?? "of Siro's";
            Refuse($"{(int)answer.StatusCode} {code}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            code = "no answer";
            Refuse(e is JsonException ? "no JSON" : code);
        }

        return (null, code);

        void Refuse(string how)
        {
            _lastRefusal[(kind, gateway)] = how;
            Count(Refusals, $"{kind} {how}");
        }
    }

    private static void Count(ConcurrentDictionary<string, int> counts, string what) => counts.AddOrUpdate(what, 1, (_, n) => n + 1);

    private async Task RepeatAsync(string sender, int pauseMs, Func<string, Task> send)
    {
        for (var n = 0; !_stop.IsCancellationRequested; n++)
        {
            await _gate.WaitAsync();
            Interlocked.Increment(ref _busy);
            _gate.Release();
            await send($"{sender}-{n}");
            Interlocked.Decrement(ref _busy);
            await WaitAsync(pauseMs);
        }
    }

    private async Task WaitAsync(int milliseconds) => await Task.Delay(
        TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private sealed class Pause(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
