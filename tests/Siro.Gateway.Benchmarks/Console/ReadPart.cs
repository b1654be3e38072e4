using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary>
/// What each of the console's reads takes, and the longest script that it ran at the store. A store's clock goes on where the machine
/// stops the process, so each read is made three times at each place: its own script is the shortest of the three's longest. A script that
/// only counts says how often the machine alone makes 2 ms into more than 5.
/// </summary>
internal sealed class ReadPart(HttpClient client, FullStore store, ConsoleOptions options, IAnsiConsole console)
{
    private const int Turns = 3;
    private const int Places = 20;
    private const int Times = Turns * Places;
    private const int Controls = 1000;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Noted = TimeSpan.FromMicroseconds(500);

    public async Task RunAsync()
    {
        var events = await store.CountAsync() - options.Dead;
        var places = new List<(string Id, long Number, string Recording, string Text)>();
        for (var i = 0; i < Places; i++)
        {
            places.Add(await store.AtAsync(events * i / Places));
        }

        string At(int i) => places[i % Places].Number.ToString(CultureInfo.InvariantCulture);
        string Time(long number) => Uri.EscapeDataString(DateTimeOffset.UnixEpoch.AddTicks(number * TimeSpan.TicksPerMicrosecond)
            .ToString("O", CultureInfo.InvariantCulture));
        var table = new Table().AddColumns(
            "read", "p50 ms", "p99 ms", "most ms", "requests", "longest script ms", "scripts > 5 ms", "its own ms");
        await MeasureAsync(table, "an event by its id", i => "/v1/events/" + places[i % Places].Id, _ => true);
        await MeasureAsync(table, "by its recording", i => "/v1/events?recordingId=" + places[i % Places].Recording, r => r == 1);
        await MeasureAsync(table, "by a recording that nobody has", _ => "/v1/events?recordingId=00000000-0000-0000-0000-000000000000",
            r => r == 0);
        await MeasureAsync(table, "by its minute", i =>
            $"/v1/events?since={Time(places[i % Places].Number)}&until={Time(places[i % Places].Number + 60_000_000)}", r => r > 0);
        await MeasureAsync(table, "by a text that it alone has", i => "/v1/events?text=" + Uri.EscapeDataString(places[i % Places].Text),
            r => r == 1);
        await MeasureAsync(table, "by a text that most have", _ => "/v1/events?text=engagement", r => r == 50);
        await MeasureAsync(table, "by a text that nobody has", _ => "/v1/events?text=nothing+like+this", r => r == 0);
        await MeasureAsync(table, "by three letters that nobody has, to the first page", _ => "/v1/events?text=~~~", _ => true,
            following: false);
        await MeasureAsync(table, "by a rare type", _ => "/v1/events?type=recording.deleted", r => r == 1);
        await MeasureAsync(table, "the newest events", _ => "/v1/events?limit=50", r => r == 50);
        await MeasureAsync(table, "a page in the middle", i => "/v1/events?limit=50&cursor=" + At(1 + (i % (Places - 1))), r => r == 50);
        await MeasureAsync(table, "deliveries of all subscriptions", _ => "/v1/deliveries?limit=50", r => r == 50);
        await MeasureAsync(table, "dead letters of all subscriptions", _ => "/v1/deliveries?status=dead&limit=50", r => r == 50);
        await MeasureAsync(table, "dead letters by an error", _ => "/v1/deliveries?status=dead&error=connect&limit=50", r => r == 50);
        await MeasureAsync(table, "dead letters by an error that none has, to the end", _ =>
            "/v1/deliveries?status=dead&error=redirect&limit=50", r => r == 0);
        await MeasureAsync(table, "subscriptions", _ => "/v1/subscriptions?limit=200", r => r == Math.Min(200, options.Subscriptions));
        await MeasureAsync(table, "overview", _ => "/v1/overview", _ => true);
        await MeasureAsync(table, "figures of the last day", _ => "/v1/figures?range=24h", _ => true);
        console.Write(table);
        await ControlAsync();
    }

    private async Task ControlAsync()
    {
        await store.WatchScriptsAsync(TimeSpan.Zero);
        for (var i = 0; i < Controls; i++)
        {
            await store.CountInScriptAsync();
        }

        var took = await store.LongScriptsAsync();
        var (median, over) = (took[took.Count / 2], took.Count(t => t > Long));
        console.MarkupLineInterpolated(
            $"A script that only counts, {Controls:N0} times: median {Ms(median)} ms, longest {Ms(took[0])}, {over} above 5 ms.");
    }

    /// <summary>Follows cursors of pages without a row, as the page does, to the first result or to the end.</summary>
    private async Task MeasureAsync(Table table, string what, Func<int, string> path, Func<int, bool> right, bool following = true)
    {
        var took = new Histogram();
        var most = TimeSpan.Zero;
        var requests = 0;
        var (longest, over) = (TimeSpan.Zero, 0);
        var own = Enumerable.Repeat(TimeSpan.MaxValue, Places).ToArray();
        await AskAsync(path(0), following);
        await store.WatchScriptsAsync(Noted);
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var (rows, asked) = await AskAsync(path(i), following);
            var time = Stopwatch.GetElapsedTime(start);
            var scripts = await store.LongScriptsAsync();
            var script = scripts.Count == 0 ? TimeSpan.Zero : scripts[0];
            longest = script > longest ? script : longest;
            over += scripts.Count(s => s > Long);
            own[i % Places] = script < own[i % Places] ? script : own[i % Places];
            took.Add(time);
            (most, requests) = (time > most ? time : most, Math.Max(requests, asked));
            if (!right(rows))
            {
                console.MarkupLineInterpolated($"[red]{what}: {rows} rows of {path(i)}[/]");
            }
        }

        string Script(TimeSpan time) => time == TimeSpan.Zero ? "< " + Ms(Noted) : Ms(time);
        table.AddRow(
            what, Ms(took.Percentile(0.5)), Ms(took.Percentile(0.99)), Ms(most), requests.ToString(CultureInfo.InvariantCulture),
            Script(longest), over.ToString(CultureInfo.InvariantCulture), Script(own.Max()));
    }

    private static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private async Task<(int Rows, int Requests)> AskAsync(string path, bool following)
    {
        for (var (at, requests) = (path, 1); ; requests++)
        {
            var answer = JsonSerializer.Deserialize<JsonElement>(await client.GetByteArrayAsync(at));
            var rows = answer.TryGetProperty("data", out var data) ? data.GetArrayLength() : 1;
            if (rows > 0 || !following || !answer.TryGetProperty("cursor", out var cursor) || cursor.ValueKind == JsonValueKind.Null)
            {
                return (rows, requests);
            }

            at = $"{path}&cursor={cursor.GetString()}";
        }
    }
}
