using System.Diagnostics;
using System.Globalization;
using Siro.Emulator.Recordings;
using Siro.Emulator.Webhooks;
using Siro.Sandbox.Subscribers;
using Siro.Sandbox.Terminal;

namespace Siro.Sandbox.Demo;

/// <summary>Job 3: Siro's events, verified, stored and delivered to each subscriber, signed anew.</summary>
internal sealed class WebhookJob(Sandbox sandbox, Screen screen, Report report)
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    public async Task PlayAsync(IReadOnlyList<string> recordings, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        await UntilAsync(() => Arrived(recordings) == Expected(recordings), done => screen.Progress("events", done, Expected(recordings)),
            () => Arrived(recordings), cancel);
        var took = Stopwatch.GetElapsedTime(started);
        var ready = Of(sandbox.CrmWriter, "recording.ready", recordings);
        report.Check(recordings.Count > 0 && recordings.All(id => ready.Count(e => e.RecordingId == id) == 1),
            "crm-writer got recording.ready, once each", Count(ready.Count, recordings.Count), took);
        foreach (var type in (string[])[RecordingLife.ProcessedEvent, RecordingLife.LinkedEvent])
        {
            var events = Of(sandbox.Analytics, type, recordings);
            report.Check(recordings.Count > 0 && recordings.All(id => events.Any(e => e.RecordingId == id)),
                $"analytics got {type["integrations.".Length..]} for each", Count(events.Count, recordings.Count));
        }

        var all = sandbox.CrmWriter.Received.Concat(sandbox.Analytics.Received).ToList();
        report.Check(all.Count > 0 && all.TrueForAll(e => e.Verified), "both signatures of every delivery verify",
            string.Create(CultureInfo.InvariantCulture, $"{all.Count(e => e.Verified)} of {all.Count}"));
        await ForgedAsync(cancel);
    }

    private async Task ForgedAsync(CancellationToken cancel)
    {
        var before = sandbox.CrmWriter.Received.Count + sandbox.Analytics.Received.Count;
        var endpoint = sandbox.Siro.Default.Organization.Webhooks.All[0] with { Secrets = [SvixSignature.NewSecret()] };
        var message = new WebhookMessage(WebhookMessage.NewId(), sandbox.Siro.Default.Id, RecordingLife.ProcessedEvent,
            """{"recordingId":"forged","recordingProcessed":true,"recordingLinked":true,"eventType":"integrations.recordingProcessed"}"""u8
                .ToArray());
        var started = Stopwatch.GetTimestamp();
        using var answer = await sandbox.Siro.Webhooks.SendOnceAsync(endpoint, message, cancel);
        var after = sandbox.CrmWriter.Received.Count + sandbox.Analytics.Received.Count;
        report.Check((int)answer.StatusCode == 400 && after == before, "a forged webhook is refused",
            string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} "
                + $"{(answer.Headers.TryGetValues("Siro-Gateway-Error", out var code) ? string.Join(',', code) : "")}").Trim(),
                Stopwatch.GetElapsedTime(started));
    }

    private static List<ReceivedEvent> Of(SampleSubscriber subscriber, string type, IReadOnlyList<string> recordings) =>
        [.. subscriber.Received.Where(
            e => e.EventType == type && e.RecordingId is { } id && recordings.Contains(id, StringComparer.Ordinal)).DistinctBy(e => e.Id)];

    private static int Expected(IReadOnlyList<string> recordings) => recordings.Count * 3;

    private int Arrived(IReadOnlyList<string> recordings) =>
        Of(sandbox.CrmWriter, "recording.ready", recordings).Count
        + Of(sandbox.Analytics, RecordingLife.ProcessedEvent, recordings).Count
        + Of(sandbox.Analytics, RecordingLife.LinkedEvent, recordings).Count;

    private static string Count(int got, int wanted) => string.Create(CultureInfo.InvariantCulture, $"{got} of {wanted}");

    /// <summary>Waits for the condition, but not for ever: the checks that follow say what is missing.</summary>
    private static async Task UntilAsync(Func<bool> condition, Action<int> progress, Func<int> done, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(started) < TimeLimit)
        {
            progress(done());
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancel);
        }
    }
}
