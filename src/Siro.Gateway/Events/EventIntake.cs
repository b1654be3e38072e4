using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;
using StackExchange.Redis;

namespace Siro.Gateway.Events;

/// <summary>
/// The entrance of events: each call is one script, and what it answers is as durable as <c>Store:Durability</c> says. The subscriptions of
/// gateway.json are registered before the first event, so that a fresh system loses none to a subscription that would begin a moment later.
/// </summary>
internal sealed class EventIntake(
    OrganizationStore store, ConfiguredSubscriptions configured, EventNotification notification, EventMemory memory,
    WebhookMetrics metrics) : IEventFeed
{
    /// <summary>Longest recording id taken for one: it becomes part of key names.</summary>
    private const int LongestRecordingId = 200;

    /// <summary>What the scripts answer when the store is not the one that was registered in.</summary>
    private const int OtherEpoch = 2;

    /// <summary>How often an event is tried in a store that loses its state.</summary>
    private const int MostEpochs = 10;

    /// <summary>Takes a verified event of Siro's. False when its id was taken before.</summary>
    public async Task<bool> IngestAsync(
        OrganizationKey organization, string id, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
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
        var answer = await StoreAsync(
            EventScripts.Ingest,
            organization,
            [id, type, recording ?? "", "siro", body, memory.SeenFor, memory.MarkFor, ready?.Id ?? "",
                ready?.Body ?? RedisValue.EmptyString],
            cancellationToken);
        var added = (int)answer[0] == 1;
        metrics.Ingested(organization, type, duplicate: !added);
        if (added)
        {
            if ((string)answer[2]! != "0")
            {
                metrics.Derived(organization, EventTypes.RecordingReady, "webhook");
            }

            notification.Announce(organization);
        }

        return added;
    }

    /// <inheritdoc />
    public async Task<bool> AnnounceAsync(
        OrganizationKey organization, string recordingId, RecordingState state, EventSource source, CancellationToken cancellationToken)
    {
        var type = state.Deleted
            ? EventTypes.RecordingDeleted : state is { Processed: true, Linked: true } ? EventTypes.RecordingReady : null;
        if (type is null || recordingId.Length is 0 or > LongestRecordingId)
        {
            return false;
        }

        var derived = DerivedEvent.OfRecording(organization, type, recordingId, state, source);
        var answer = await StoreAsync(
            EventScripts.Announce,
            organization,
            [derived.Id, type, recordingId, derived.Source, derived.Body, memory.SeenFor, memory.MarkFor,
                state.Deleted ? "deleted" : "ready"],
            cancellationToken);
        if ((int)answer[0] == 0)
        {
            return false;
        }

        metrics.Derived(organization, type, derived.Source);
        notification.Announce(organization);
        return true;
    }

    /// <summary>
    /// Takes an event that the gateway itself makes about itself. False when its id was taken before. Throws
    /// <see cref="StoreUnavailableException"/>; repeating it is safe.
    /// </summary>
    public async Task<bool> NoticeAsync(OrganizationKey organization, DerivedEvent notice, CancellationToken cancellationToken)
    {
        var answer = await StoreAsync(
            EventScripts.Ingest,
            organization,
            [notice.Id, notice.Type, notice.RecordingId ?? "", notice.Source, notice.Body, memory.SeenFor, memory.MarkFor, "",
                RedisValue.EmptyString],
            cancellationToken);
        if ((int)answer[0] != 1)
        {
            return false;
        }

        metrics.Derived(organization, EventTypes.Label(notice.Type), notice.Source);
        notification.Announce(organization);
        return true;
    }

    /// <summary>
    /// Stores an event in the same epoch of the store in which the configured subscriptions are registered: an event that is acknowledged
    /// has its subscriptions before it, also when the store has just lost its state.
    /// </summary>
    private async Task<RedisResult> StoreAsync(
        RedisScript script, OrganizationKey organization, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        for (var again = MostEpochs; again > 0; again--)
        {
            var epoch = await configured.RegisterAsync(organization, cancellationToken);
            var answer = await store.CommitAsync(script, organization, [.. arguments, epoch], cancellationToken);
            if ((int)answer[0] != OtherEpoch)
            {
                return answer;
            }

            configured.Lost(organization, epoch);
        }

        throw new StoreUnavailableException("The store loses its state again and again.");
    }
}
