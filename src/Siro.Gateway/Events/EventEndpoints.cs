using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>The log of events of the caller's organization.</summary>
internal sealed class EventEndpoints(EventLog log, SubscriptionAccess access, IDeliveries deliveries)
{
    /// <summary><c>GET /v1/events?type=&amp;recordingId=&amp;since=&amp;until=&amp;cursor=&amp;limit=</c>, newest first. A page may be short and still have a cursor.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var until = query.Moment("until") is { } moment ? StoredEvent.NumberOf(moment) - 1 : long.MaxValue;
        var cursor = query.Number("cursor", long.MaxValue, 0, long.MaxValue);
        var page = await log.ListAsync(
            context.Caller().Organization,
            new EventQuery
            {
                From = query.Moment("since") is { } since ? StoredEvent.NumberOf(since) : 0,
                To = cursor == long.MaxValue ? until : Math.Min(until, cursor - 1),
                Type = query.Text("type"),
                RecordingId = query.Text("recordingId"),
                Limit = (int)query.Number("limit", 50, 1, 200),
            },
            context.RequestAborted);
        return Results.Ok(new
        {
            data = page.Events.Select(e => new { id = e.Id, number = e.Number, type = e.Type, recordingId = e.RecordingId, source = e.Source, receivedAt = e.ReceivedAt, bytes = e.Size }),
            cursor = page.More ? page.Last.ToString(CultureInfo.InvariantCulture) : null,
        });
    }

    /// <summary><c>GET /v1/events/{id}</c>: the event with its payload, and its deliveries to the subscriptions that the caller sees.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        var caller = context.Caller();
        if (await log.FindAsync(caller.Organization, id, withBody: true, context.RequestAborted) is not { } found)
        {
            throw new ProblemException(new Problem(404, "event_not_found", "There is no such event, or retention has removed it."));
        }

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
}
