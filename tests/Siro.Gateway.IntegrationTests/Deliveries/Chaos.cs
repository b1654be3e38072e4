using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>How much of it: events, subscribers, and what is done to the processes.</summary>
internal sealed record ChaosPlan(int Recordings, int Fast, int Others, int Disruptions, int StoreRestarts, TimeSpan TimeLimit)
{
    /// <summary>
    /// <c>SIRO_TEST_SCALE</c>: 1 is a quick run, 10 the whole one (10,000 events, 20 subscribers, 20 disruptions, 3 restarts of the store).
    /// </summary>
    public static ChaosPlan Of(int disruptions, int restarts) =>
        int.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), out var scale) && scale > 1
        ? new ChaosPlan(500 * scale, 8, 2, 2 * scale, 3, TimeSpan.FromMinutes(14))
        : new ChaosPlan(60, 2, 1, disruptions, restarts, TimeSpan.FromSeconds(90));
}

/// <summary>What it came to.</summary>
internal sealed record ChaosReport(int Acknowledged, int Derived, int Delivered, int Duplicates, int Refusals, double Seconds)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Acknowledged} events acknowledged ({Refusals} posts had to be repeated), {Derived} derived, {Delivered} deliveries taken, {Duplicates} of them again after a success ({100.0 * Duplicates / Math.Max(1, Delivered):0.00} %), {Seconds:0.0} s");
}

/// <summary>
/// Two gateways on one store take events from a sender that repeats what is not acknowledged, as Svix does, while they are killed, paused
/// and started again and the store is restarted; subscribers of all kinds write down what they get.
/// </summary>
internal sealed class Chaos : IAsyncDisposable
{
    private readonly ChaosPlan _plan;
    private readonly GatewayFixture _fixture;
    private readonly Subscribers _subscribers;
    private readonly GatewayProcess?[] _gateways = new GatewayProcess?[2];
    private readonly (string, string?)[] _settings;
    private readonly List<string> _fast = [], _ordered = [], _slow = [], _flapping = [], _dead = [], _disabled = [], _readers = [];
    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _read = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _succeeded = new(StringComparer.Ordinal);
    private readonly Random _chance = new(20261121);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private int _refusals;

    private Chaos(ChaosPlan plan, GatewayFixture fixture, Subscribers subscribers)
    {
        _plan = plan;
        _fixture = fixture;
        _subscribers = subscribers;
        _settings = Settings();
    }

    public static async Task<Chaos> StartAsync(ChaosPlan plan, GatewayFixture fixture)
    {
        var chaos = new Chaos(plan, fixture, await Subscribers.StartAsync());
        await Task.WhenAll(chaos.StartGatewayAsync(0), chaos.StartGatewayAsync(1));
        return chaos;
    }

    public async Task<ChaosReport> RunAsync()
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var readers = _readers.Select(ReadAsync).ToArray();
        var sending = SendAllAsync();
        await DisruptAsync(sending);
        await sending;
        var expected = _acknowledged.Keys.ToHashSet(StringComparer.Ordinal);
        var pushed = _fast.Concat(_ordered).Concat(_slow).Concat(_flapping).ToList();
        var everything = expected.Count + _plan.Recordings;
        bool All() =>
            pushed.All(n => _succeeded[n].Count >= everything && Got(_succeeded, n) is var got && got.Count >= everything
                && got.IsSupersetOf(expected))
            && _readers.All(n => _read[n].Count >= everything && Got(_read, n).IsSupersetOf(expected));
        var waiting = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!All())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(waiting) < _plan.TimeLimit, "Not everything reached everyone: "
                + Missing(expected, pushed));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        var took = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
        await _stop.CancelAsync();
        await Task.WhenAll(readers);
        await CheckRecordedAsync(expected);
        CheckOrder();
        foreach (var name in pushed)
        {
            Assert.Equal(_plan.Recordings, Ready(name).Count);
        }

        var all = pushed.Sum(n => _succeeded[n].Count);
        var distinct = pushed.Sum(n => _succeeded[n].Distinct(StringComparer.Ordinal).Count());
        return new ChaosReport(expected.Count, _plan.Recordings, all, all - distinct, _refusals, took);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            if (gateway is not null)
            {
                await gateway.DisposeAsync();
            }
        }

        await _subscribers.DisposeAsync();
        _stop.Dispose();
    }

    private (string, string?)[] Settings()
    {
        var settings = new List<(string, string?)>
        {
            ("Logging:LogLevel:Default", "Warning"), ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
            ("Reconciliation:Enabled", "false"), ("Webhooks:Timeout", "00:00:10"), ("Webhooks:RetrySchedule:0", "00:00:00"),
        };
        for (var i = 1; i < 24; i++)
        {
            settings.Add(($"Webhooks:RetrySchedule:{i}", i < 6 ? "00:00:00.5" : "00:00:02"));
        }

        Add(_fast, "fast", _plan.Fast, null);
        Add(_ordered, "ordered", _plan.Others, null, ("Order", "recording"));
        Add(_slow, "slow", _plan.Others, async (_, _) => await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System));
        Add(_flapping, "flapping", _plan.Others, (context, _) =>
        {
            lock (_chance)
            {
                context.Response.StatusCode = _chance.NextDouble() < 0.3 ? 503 : 200;
            }

            return Task.CompletedTask;
        }, ("Order", "recording"));
        Add(_dead, "dead", _plan.Others, (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        Add(_disabled, "disabled", _plan.Others, null, ("Enabled", "false"));
        Add(_readers, "reader", _plan.Others, null, ("Pull", "true"), ("Url", null), ("Secret", null));
        return [.. settings];

        void Add(List<string> names, string kind, int count, Func<HttpContext, Received, Task>? behaviour, params (string, string?)[] more)
        {
            for (var i = 0; i < count; i++)
            {
                var name = kind + i.ToString(CultureInfo.InvariantCulture);
                names.Add(name);
                _succeeded[name] = new ConcurrentQueue<string>();
                _read[name] = new ConcurrentQueue<string>();
                _subscribers.Behave(name, async (context, received) =>
                {
                    if (behaviour is not null)
                    {
                        await behaviour(context, received);
                    }

                    if (context.Response.StatusCode == 200)
                    {
                        _succeeded[name].Enqueue(received.Id);
                    }
                });
                var path = "Webhooks:Subscriptions:" + name + ":";
                foreach (var (key, value) in ((string, string?)[])[("Url", _subscribers.Url(name)),
                    ("Secret", WebhookFixture.ConfiguredSecret), ("Events:0", "*"), .. more])
                {
                    settings.RemoveAll(s => s.Item1 == path + key);
                    if (value is not null)
                    {
                        settings.Add((path + key, value));
                    }
                }
            }
        }
    }

    private async Task StartGatewayAsync(int index) => _gateways[index] = await _fixture.StartProcessAsync(_settings);

    private GatewayProcess Any()
    {
        lock (_chance)
        {
            return _gateways[_chance.Next(2)] ?? _gateways[0] ?? _gateways[1]!;
        }
    }

    /// <summary>Two events for each recording, in either order, one after the other; several recordings at a time.</summary>
    private Task SendAllAsync() => Parallel.ForEachAsync(
        Enumerable.Range(0, _plan.Recordings),
        new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = _stop.Token },
        async (i, _) =>
        {
            var recording = "rec-" + i.ToString("d6", CultureInfo.InvariantCulture);
            string[] types = i % 2 == 0 ? ["Processed", "Linked"] : ["Linked", "Processed"];
            await SendAsync($"msg_{recording}_1",
                SiroSender.Event(recording, "integrations.recording" + types[0], processed: types[0] == "Processed",
                linked: types[0] == "Linked"), recording);
            await SendAsync($"msg_{recording}_2",
                SiroSender.Event(recording, "integrations.recording" + types[1], processed: true, linked: true), recording);
        });

    private async Task SendAsync(string id, string body, string recording)
    {
        while (true)
        {
            try
            {
                using var client = GatewayInProcess.ClientOf(Any().Address, null);
                client.Timeout = TimeSpan.FromSeconds(3);
                using var response = await client.PostWebhookAsync(id, Encoding.UTF8.GetBytes(body));
                if (response.IsSuccessStatusCode)
                {
                    _acknowledged[id] = recording;
                    return;
                }

                Assert.True((int)response.StatusCode >= 500, $"A good event got {(int)response.StatusCode}.");
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !_stop.IsCancellationRequested)
            {
                // Killed, paused or starting: sent again, as Svix would.
            }

            Interlocked.Increment(ref _refusals);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _stop.Token);
        }
    }

    /// <summary>Kills and pauses by turns, with restarts of the store in between, spread over the sending as far as it goes.</summary>
    private async Task DisruptAsync(Task sending)
    {
        var restarts = 0;
        for (var i = 0; i < _plan.Disruptions; i++)
        {
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(0.5 + _chance.NextDouble()), TimeProvider.System, _stop.Token));
            var index = i % 2;
            if (i % 2 == 0)
            {
                await _gateways[index]!.KillAsync();
                await _gateways[index]!.DisposeAsync();
                await StartGatewayAsync(index);
            }
            else
            {
                // Past the leases of deliveries and of the fan-out, so that the other one takes over.
                _gateways[index]!.Pause();
                await Task.Delay(TimeSpan.FromSeconds(11), TimeProvider.System, _stop.Token);
                _gateways[index]!.Resume();
            }

            if (restarts < _plan.StoreRestarts && (i + 1) * _plan.StoreRestarts >= (restarts + 1) * _plan.Disruptions)
            {
                restarts++;
                await _fixture.Store.KillAsync();
                await _fixture.Store.RestartAsync();
            }
        }
    }

    private async Task ReadAsync(string name)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = Any().CreateClient();
                client.Timeout = TimeSpan.FromSeconds(5);
                var page = JsonSerializer.Deserialize<JsonElement>(
                    await client.GetStringAsync($"/v1/subscriptions/{name}/events?wait=2", _stop.Token));
                var ids = page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("id").GetString()!).ToList();

                // Taken before it is acknowledged, as a reader has to: an acknowledgement whose answer is lost has moved the cursor all the
                // same.
                ids.ForEach(_read[name].Enqueue);
                using var acknowledged = await client.PostAsync($"/v1/subscriptions/{name}/events/ack",
                    HubText(JsonSerializer.Serialize(new { cursor = page.GetProperty("cursor").GetString() })), _stop.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What the dead and the disabled did not get is on record, to the last event.</summary>
    private async Task CheckRecordedAsync(HashSet<string> expected)
    {
        using var client = Any().CreateClient();
        foreach (var name in _dead.Concat(_disabled))
        {
            var recorded = new HashSet<string>(StringComparer.Ordinal);
            await Until.TrueAsync(
                async () =>
                {
                    string? cursor = null;
                    do
                    {
                        var query = $"/v1/deliveries?subscription={name}&limit=200"
                            + (name.StartsWith("disabled", StringComparison.Ordinal) ? "&status=skipped" : "")
                            + (cursor is null ? "" : "&cursor=" + cursor);
                        using var answer = await client.GetAsync(query);
                        if (!answer.IsSuccessStatusCode)
                        {
                            // The store may still be coming back: ask again.
                            return false;
                        }

                        var page = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
                        recorded.UnionWith(page.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("eventId").GetString()!));
                        cursor = page.GetProperty("cursor").GetString();
                    }
                    while (cursor is not null);
                    return recorded.IsSupersetOf(expected);
                },
                $"every event is on record for {name}",
                _plan.TimeLimit);
        }

        Assert.All(_disabled, n => Assert.Empty(_subscribers.At(n)));
    }

    /// <summary>
    /// For each recording, what an ordered subscriber took first came in the order in which Siro's events were acknowledged, the derived
    /// one last.
    /// </summary>
    private void CheckOrder()
    {
        foreach (var name in _ordered.Concat(_flapping))
        {
            var firsts = _succeeded[name].Distinct(StringComparer.Ordinal).Select((id, at) => (id, at))
                .ToDictionary(x => x.id, x => x.at, StringComparer.Ordinal);
            var ready = Ready(name);
            foreach (var recording in _acknowledged.Values.Distinct(StringComparer.Ordinal))
            {
                var (first, second) = (firsts[$"msg_{recording}_1"], firsts[$"msg_{recording}_2"]);
                Assert.True(first < second, $"{name} took {recording} out of order.");
                Assert.True(second < firsts[ready[recording]], $"{name} took {recording}'s derived event before Siro's.");
            }
        }

        foreach (var name in _readers)
        {
            var firsts = _read[name].Distinct(StringComparer.Ordinal).Select((id, at) => (id, at))
                .ToDictionary(x => x.id, x => x.at, StringComparer.Ordinal);
            Assert.All(_acknowledged.Values.Distinct(StringComparer.Ordinal),
                r => Assert.True(firsts[$"msg_{r}_1"] < firsts[$"msg_{r}_2"], $"{name} read {r} out of order."));
        }
    }

    /// <summary>Events and derived events missing, by subscriber.</summary>
    private string Missing(HashSet<string> expected, IEnumerable<string> pushed) => string.Join(
        ", ",
        pushed.Select(n => $"{n} {expected.Except(Got(_succeeded, n)).Count()}+{_plan.Recordings - Ready(n).Count}").Concat(
            _readers.Select(n => $"{n} {expected.Except(Got(_read, n)).Count()}")))
        + " after "
            + string.Join(
            " | ", _gateways.SelectMany(g => g!.Output.Where(l => !l.Contains("info", StringComparison.Ordinal)).TakeLast(6)));

    private static HashSet<string> Got(ConcurrentDictionary<string, ConcurrentQueue<string>> from, string name) =>
        from[name].ToHashSet(StringComparer.Ordinal);

    /// <summary>The ids of the derived events that a subscriber got, by recording.</summary>
    private Dictionary<string, string> Ready(string name) => _subscribers.At(name)
        .Where(r => r.Id.StartsWith("evt_", StringComparison.Ordinal))
        .Select(r => (Recording: r.Json.GetProperty("recordingId").GetString()!, r.Id))
        .Distinct()
        .ToDictionary(r => r.Recording, r => r.Id, StringComparer.Ordinal);

    private static StringContent HubText(string json) => new(json, Encoding.UTF8, "application/json");
}
