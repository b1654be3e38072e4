using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using StackExchange.Redis;

namespace Siro.Gateway.Webhooks.Hub;

/// <summary>The entrance of events: each call is one script, and what it answers is as durable as <c>Store:Durability</c> says.</summary>
internal sealed class EventHub(HubStore store, HubSignal signal, ISettings<WebhooksOptions> settings, WebhookMetrics metrics) : IEventFeed
{
    /// <summary>Longest recording id taken for one: it becomes part of key names.</summary>
    private const int LongestRecordingId = 200;

    /// <summary>Marks outlive the events they are about, so that nothing is announced twice.</summary>
    private static readonly TimeSpan LeastMark = TimeSpan.FromDays(400);

    /// <summary>Svix repeats for 27 hours, and by hand for as long as it keeps a message.</summary>
    private static readonly TimeSpan LeastSeen = TimeSpan.FromDays(30);

    /// <summary>For how many ms ids are remembered.</summary>
    internal long SeenFor => (long)Math.Max(LeastSeen.TotalMilliseconds, settings.Current.Retention.TotalMilliseconds * 2);

    private long MarkFor => (long)Math.Max(LeastMark.TotalMilliseconds, settings.Current.Retention.TotalMilliseconds * 4);

    /// <summary>Takes a verified event of Siro's. False when its id was taken before.</summary>
    public async Task<bool> IngestAsync(OrganizationKey organization, string id, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var payload = Payload.Parse(body);
        var type = payload.Text("eventType") is { Length: > 0 and <= 128 } named ? named : EventTypes.Unknown;
        var recording = payload.Text("recordingId") is { Length: > 0 and <= LongestRecordingId } text ? text : null;

        // Siro's rule: act only when one payload says both. Flags of different payloads are not added up, because a link can be taken back.
        var ready = recording is not null && payload.IsTrue("recordingProcessed") && payload.IsTrue("recordingLinked")
            ? DerivedEvent.OfRecording(
                organization,
                EventTypes.RecordingReady,
                recording,
                new RecordingState(true, true) { SiroUserId = payload.Text("siroUserId"), Crm = payload.Member("crm") },
                EventSource.Webhook)
            : null;
        var answer = await store.CommitAsync(
            HubScripts.Ingest,
            organization,
            [id, type, recording ?? "", "siro", body, SeenFor, MarkFor, ready?.Id ?? "", ready?.Body ?? RedisValue.EmptyString],
            cancellationToken);
        var added = (int)answer[0] == 1;
        metrics.Ingested(organization, type, duplicate: !added);
        if (added)
        {
            if ((string)answer[2]! != "0")
            {
                metrics.Derived(organization, EventTypes.RecordingReady, "webhook");
            }

            signal.Announce(organization);
        }

        return added;
    }

    /// <inheritdoc />
    public async Task<bool> AnnounceAsync(OrganizationKey organization, string recordingId, RecordingState state, EventSource source, CancellationToken cancellationToken)
    {
        var type = state.Deleted ? EventTypes.RecordingDeleted : state is { Processed: true, Linked: true } ? EventTypes.RecordingReady : null;
        if (type is null || recordingId.Length is 0 or > LongestRecordingId)
        {
            return false;
        }

        var derived = DerivedEvent.OfRecording(organization, type, recordingId, state, source);
        var answer = await store.CommitAsync(
            HubScripts.Announce,
            organization,
            [derived.Id, type, recordingId, derived.Source, derived.Body, SeenFor, MarkFor, state.Deleted ? "deleted" : "ready"],
            cancellationToken);
        if ((int)answer[0] == 0)
        {
            return false;
        }

        metrics.Derived(organization, type, derived.Source);
        signal.Announce(organization);
        return true;
    }
}
