using System.Globalization;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>The log of events of the caller's organization.</summary>
internal sealed class EventEndpoints(
    EventLog log, EventSearch search, SubscriptionAccess access, IDeliveries deliveries, IEventFeed feed, SiroAddresses addresses,
        Randomness randomness) : IDisposable
{
    /// <summary>Most searches through bodies of this process at a time.</summary>
    private readonly SemaphoreSlim _searches = new(2);

    /// <summary>
    /// <c>GET /v1/events?type=&amp;recordingId=&amp;text=&amp;subscription=&amp;state=&amp;since=&amp;until=&amp;cursor=&amp;limit=</c>,
    /// newest first.
    /// A page may be short and still have a cursor: <c>searchedTo</c> says how far back it looked (null: through all that is retained).
    /// </summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var text = query.Text("text");
        if (text is { Length: < 2 or > 200 })
        {
            throw QueryValues.Wrong("text", "must be 2 to 200 characters");
        }

        var wanted = new EventQuery { Type = query.Text("type"), RecordingId = query.Text("recordingId"), Text = text,
            Limit = (int)query.Number("limit", 50, 1, 200) };
        if (query.Text("subscription") is { } subscription)
        {
            return await ListAsync(context, wanted, await access.FindAsync(context.Caller(), subscription, context.RequestAborted));
        }

        if (query.Text("state") is not null)
        {
            throw QueryValues.Wrong("state", "is that of a delivery: name the subscription too");
        }

        var until = query.Moment("until") is { } moment ? StoredEvent.NumberOf(moment) - 1 : long.MaxValue;
        var cursor = query.Number("cursor", long.MaxValue, 0, long.MaxValue);
        var searching = text is not null;
        if (searching)
        {
            await _searches.WaitAsync(context.RequestAborted);
        }

        try
        {
            var (events, last, more) = await search.FindAsync(
                context.Caller().Organization,
                wanted with
                {
                    From = query.Moment("since") is { } since ? StoredEvent.NumberOf(since) : 0,
                    To = cursor == long.MaxValue ? until : Math.Min(until, cursor - 1),
                },
                context.RequestAborted);
            return Page(events, more ? last.ToString(CultureInfo.InvariantCulture) : null, more ? StoredEvent.TimeOf(last) : null);
        }
        finally
        {
            if (searching)
            {
                _searches.Release();
            }
        }
    }

    /// <summary>
    /// <c>POST /v1/events/test</c>: a made-up <c>recording.ready</c>, where Siro is the emulator; 409 <c>not_a_sandbox</c> elsewhere.
    /// </summary>
    public async Task<IResult> TestAsync(HttpContext context)
    {
        if (!addresses[SiroHost.External].IsLoopback)
        {
            throw new ProblemException(new Problem(409, "not_a_sandbox",
                "This gateway is connected to Siro itself; test events exist only in the sandbox. To try a subscription, use POST "
                + "/v1/subscriptions/{id}/test."));
        }

        var organization = context.Caller().Organization;
        var recording = randomness.Id("test-recording");
        var state = new RecordingState(true, true);
        await feed.AnnounceAsync(organization, recording, state, EventSource.Webhook, context.RequestAborted);
        var id = DerivedEvent.OfRecording(organization, EventTypes.RecordingReady, recording, state, EventSource.Webhook).Id;
        return Results.Created($"/v1/events/{id}", new { id, type = EventTypes.RecordingReady, recordingId = recording });
    }

    /// <summary>The events of one subscription's deliveries: by the deliveries' own order and states.</summary>
    private async Task<IResult> ListAsync(HttpContext context, EventQuery wanted, Subscription subscription)
    {
        var query = context.Request.Query;
        var cancellationToken = context.RequestAborted;
        var (ids, cursor) = await deliveries.EventsOfAsync(
            subscription, query.Text("state"), query.Moment("since"), query.Moment("until"), query.Text("cursor") is null
                ? null
                : query.Number("cursor", 0, 0, long.MaxValue), wanted.Limit, cancellationToken);
        var found = await Task.WhenAll(
            ids.Select(id => log.FindAsync(subscription.Organization, id, withBody: wanted.Text is not null, cancellationToken)));
        return Page(
            found.OfType<StoredEvent>().Where(
                e => (wanted.Type is null || e.Type == wanted.Type) && (wanted.RecordingId is null || e.RecordingId == wanted.RecordingId)
                && (wanted.Text is null || Encoding.UTF8.GetString(e.Body.Span).Contains(wanted.Text, StringComparison.OrdinalIgnoreCase))),
            cursor?.ToString(CultureInfo.InvariantCulture),
            found.OfType<StoredEvent>().LastOrDefault()?.ReceivedAt);
    }

    private static IResult Page(IEnumerable<StoredEvent> events, string? cursor, DateTimeOffset? searchedTo) => Results.Ok(new
    {
        data = events.Select(e => new { id = e.Id, number = e.Number, type = e.Type, recordingId = e.RecordingId, source = e.Source,
            receivedAt = e.ReceivedAt, bytes = e.Size }),
        cursor,
        searchedTo,
    });

    /// <summary>
    /// <c>GET /v1/events/{id}</c>: the event with its payload, and its deliveries to the subscriptions that the caller sees.
    /// </summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        var caller = context.Caller();
        var found = await FindAsync(context, id);
        var subscriptions = (await access.ListAsync(caller, context.RequestAborted)).Where(s => !s.IsPull);
        var made = await deliveries.OfEventAsync(id, subscriptions, context.RequestAborted);
        var payload = Payload.Parse(found.Body);
        return Results.Ok(new
        {
            id = found.Id,
            number = found.Number,
            type = found.Type,
            recordingId = found.RecordingId,
            source = found.Source,
            receivedAt = found.ReceivedAt,
            bytes = found.Size,
            payload = payload.ValueKind == JsonValueKind.Undefined ? (JsonElement?)null : payload,
            payloadBase64 = payload.ValueKind == JsonValueKind.Undefined ? Convert.ToBase64String(found.Body.Span) : null,
            deliveries = made,
        });
    }

    /// <summary>
    /// <c>GET /v1/events/{id}/payload</c>: the bytes as they came and as they are delivered (before a subscription's own enrichment). JSON
    /// that is read and written again could lose digits, members and what is no UTF-8.
    /// </summary>
    public async Task<IResult> PayloadAsync(HttpContext context, string id) =>
        Results.Bytes((await FindAsync(context, id)).Body, "application/octet-stream");

    private async Task<StoredEvent> FindAsync(HttpContext context, string id) =>
        await log.FindAsync(context.Caller().Organization, id, withBody: true, context.RequestAborted)
            ?? throw new ProblemException(new Problem(404, "event_not_found", "No such event, or retention has removed it."));

    public void Dispose() => _searches.Dispose();
}
