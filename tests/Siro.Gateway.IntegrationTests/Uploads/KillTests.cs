using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>
/// A replica is killed again and again while callers upload through it; another lives. SIRO_TEST_SCALE=10 kills 30 times.
/// </summary>
public sealed class KillTests(KillTests.TwoReplicas gateway) : IClassFixture<KillTests.TwoReplicas>
{
    private const int Seed = 20260301;

    private static int Scale =>
        int.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out var scale)
            ? scale
            : 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public sealed class TwoReplicas : UploadsFixture;

    [Fact]
    public async Task Every_acknowledged_upload_exists_once_unless_it_is_marked_uncertain()
    {
        var kills = Scale == 1 ? 2 : 3 * Scale;
        var random = new Chance(Seed);
        var uploads = new ConcurrentBag<Sent>();
        var met = new SortedDictionary<string, int>(StringComparer.Ordinal);
        using var client = gateway.CreateClient();
        SlowSteps();
        await using (var first = new Victim(gateway))
        {
            for (var kill = 0; kill < kills; kill++)
            {
                var process = await first.StartAsync();
                var sending = Enumerable.Range(0, 4)
                    .Select(i => SendAsync(process, $"kill-{Seed}-{kill}-{i}", early: i % 2 == 0, fileFirst: i > 1, uploads)).ToList();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(40, 1500)), TimeProvider.System, Cancel);
                await process.KillAsync();
                await Task.WhenAll(sending);
                for (var i = 0; i < sending.Count; i++)
                {
                    // What the kill left: its leases hold for seconds yet.
                    var left = (await client.GetJsonAsync($"/v1/uploads?idempotencyKey=kill-{Seed}-{kill}-{i}")).GetProperty("data");
                    var state = left.GetArrayLength() == 0 ? "not stored" : left[0].Text("status");
                    met[state] = met.GetValueOrDefault(state) + 1;
                }
            }
        }

        gateway.Emulator.Faults.Clear();
        if (Scale >= 10)
        {
            // Kills met every step.
            Assert.Superset(new HashSet<string>(["not stored", "received", "signed", "creating", "created"], StringComparer.Ordinal),
                met.Keys.ToHashSet(StringComparer.Ordinal));
        }

        // The last victim's callers repeat at once: they wait for whoever takes over, or take over themselves with the bytes they send
        // again.
        var repeats = await Task.WhenAll(
            uploads.Where(u => u.Title.Contains($"-{kills - 1}-", StringComparison.Ordinal)).Select(u => RepeatAsync(client, u)));
        Assert.All(repeats,
            r => Assert.True(r.Response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted
            || r.Body.Text("code") is "upload_uncertain", r.Body.ToString()));
        await Until.TrueAsync(async () => (await StatesAsync(client)).Values.All(s => s is "created" or "failed" or "uncertain"
            or "bytes_expired"), "the living replica has ended every upload", TimeSpan.FromSeconds(60));
        var states = await StatesAsync(client);
        Dictionary<string, int> made = Made();
        foreach (var upload in uploads)
        {
            var recordings = made.GetValueOrDefault(upload.Title);
            if (upload.Id is null)
            {
                Assert.True(recordings <= 1, $"{upload.Title}, never acknowledged, was made {recordings} times");
                continue;
            }

            var state = states[upload.Id];
            Assert.True(state is "created" or "uncertain", $"{upload.Title}, acknowledged, is {state}");
            Assert.True(
                recordings == 1 || (state is "uncertain" && recordings <= 1), $"{upload.Title} is {state} and was made {recordings} times");
        }

        // Every caller repeats: what is certain is answered, what was lost is made now, what is uncertain stays so.
        foreach (var upload in uploads)
        {
            var (response, body) = await RepeatAsync(client, upload);
            Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted || body.Text("code") is "upload_uncertain",
                body.ToString());
        }

        made = Made();
        Assert.All(uploads,
            u => Assert.InRange(
            made.GetValueOrDefault(u.Title), states.GetValueOrDefault(u.Id ?? "") is "uncertain" || u.Id is null ? 0 : 1, 1));
        var counts = (await StatesAsync(client)).Values.CountBy(s => s).Select(s => $"{s.Value} {s.Key}");
        TestContext.Current.SendDiagnosticMessage(
            $"{kills} kills, {uploads.Count} uploads (left {string.Join(", ", met.Select(m => $"{m.Value} {m.Key}"))}), "
            + $"{uploads.Count(u => u.Id is not null)} acknowledged before the kill; in the end: {string.Join(", ", counts)}; "
            + $"{made.Values.Sum()} recordings, none twice");
        Assert.Empty(Directory.EnumerateFileSystemEntries(gateway.SpoolDirectory));
    }

    private static Task<(HttpResponseMessage Response, JsonElement Body)> RepeatAsync(HttpClient client, Sent upload) =>
        client.UploadAsync(
            Forms.Of(Recordings.Wav(900_000, upload.Title.GetHashCode(StringComparison.Ordinal)), title: upload.Title), upload.Title);

    /// <summary>Each step takes a while, now before and now after it is done, so that kills meet all of them.</summary>
    private void SlowSteps()
    {
        foreach (var path in new[] { "/v1/core/recordings/signed-urls", "/v1/core/recordings/upload" })
        {
            foreach (var moment in new[] { FaultMoment.Body, FaultMoment.Processed })
            {
                gateway.Emulator.Faults.Add(new FaultRule { Host = "platform", Path = path, Stall = TimeSpan.FromMilliseconds(150),
                    When = moment, Probability = 0.4 });
            }
        }

        gateway.Emulator.Faults.Add(
            new FaultRule { Host = "storage", Stall = TimeSpan.FromMilliseconds(150), When = FaultMoment.Processed, Probability = 0.5 });
    }

    private static async Task SendAsync(GatewayProcess process, string title, bool early, bool fileFirst, ConcurrentBag<Sent> uploads)
    {
        string? id = null;
        try
        {
            using var client = process.CreateClient();
            var audio = Recordings.Wav(900_000, title.GetHashCode(StringComparison.Ordinal));

            // Fields behind the file: the PUT then waits until all is here, and steps 1 and 2 are the job's own.
            using HttpContent form = fileFirst
                ? new MultipartFormDataContent { { new ByteArrayContent(audio), "file", "call.wav" },
                    { new StringContent("rep1@example.com"), "userEmail" }, { new StringContent(title), "title" } }
                : Forms.Of(audio, title: title);
            var (response, body) = await client.UploadAsync(form, title, early);
            id = response.IsSuccessStatusCode ? body.Text("id") : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            // The kill met it.
            id = null;
        }

        uploads.Add(new Sent(title, id));
    }

    private static async Task<Dictionary<string, string>> StatesAsync(HttpClient client)
    {
        var states = new Dictionary<string, string>(StringComparer.Ordinal);
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await client.GetJsonAsync("/v1/uploads?limit=200" + (cursor.Length == 0 ? "" : "&cursor=" + cursor));
            foreach (var upload in page.GetProperty("data").EnumerateArray())
            {
                states[upload.Text("id")] = upload.Text("status");
            }

            cursor = page.GetProperty("cursor").GetString();
        }

        return states;
    }

    private Dictionary<string, int> Made() =>
        gateway.Emulator.State.Recordings.All.CountBy(r => r.Title).ToDictionary(StringComparer.Ordinal);

    private sealed record Sent(string Title, string? Id);

    /// <summary>The replica that is killed; a new process each time.</summary>
    private sealed class Victim(TwoReplicas gateway) : IAsyncDisposable
    {
        private GatewayProcess? _process;

        public async Task<GatewayProcess> StartAsync()
        {
            await DisposeAsync();
            return _process = await gateway.StartProcessAsync(("Logging:LogLevel:Default", "Warning"));
        }

        public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Moments that come again with the same seed.</summary>
    private sealed class Chance(int seed)
    {
        private uint _state = (uint)seed;

        public int Next(int from, int to)
        {
            _state = (_state * 1664525) + 1013904223;
            return from + (int)((_state >> 8) % (uint)(to - from));
        }
    }
}
