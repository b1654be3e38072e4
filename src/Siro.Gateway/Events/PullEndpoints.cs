using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>Reading events by cursor, long poll or server-sent events, and acknowledging them.</summary>
internal sealed class PullEndpoints(
    SubscriptionAccess access, PullReader reader, EventNotification notification, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int MostWait = 60;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// <c>GET /v1/subscriptions/{id}/events?cursor=&amp;limit=&amp;wait=</c>: without a cursor from where it was acknowledged; <c>wait</c>
    /// seconds, at most 60, for the first event; with <c>Accept: text/event-stream</c> a stream, which <c>Last-Event-ID</c> continues.
    /// </summary>
    public async Task<IResult> ReadAsync(HttpContext context, string id)
    {
        var subscription = await access.FindQuicklyAsync(context.Caller(), id, context.RequestAborted);
        if (!subscription.IsPull)
        {
            throw new ProblemException(
                new Problem(409, "push_subscription", "This subscription has an endpoint: its events are sent there. See /v1/deliveries."));
        }

        if (!subscription.Enabled)
        {
            throw new ProblemException(new Problem(409, "subscription_disabled", "The subscription is disabled: enable it first."));
        }

        var query = context.Request.Query;
        var limit = (int)query.Number("limit", 100, 1, 500);
        var cursor = query.Text("cursor") is null
            ? await reader.CursorAsync(subscription, context.RequestAborted)
            : query.Number("cursor", 0, 0, PullReader.MostCursor);
        if (context.Request.Headers.Accept.Any(a => a?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true))
        {
            if (long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            {
                cursor = Math.Min(last, PullReader.MostCursor);
            }

            return new EventStream(
                access, reader, notification, time, context.Caller(), subscription, cursor, lifetime.ApplicationStopping);
        }

        var page = await PollAsync(
            subscription, cursor, limit, TimeSpan.FromSeconds(query.Number("wait", 0, 0, MostWait)), context.RequestAborted);
        return Results.Bytes(PullJson.Page(page), "application/json");
    }

    /// <summary>
    /// <c>POST /v1/subscriptions/{id}/events/ack</c> <c>{cursor}</c>: everything up to there was taken. It never goes back.
    /// </summary>
    public async Task<IResult> AcknowledgeAsync(HttpContext context, string id)
    {
        var subscription = await access.FindQuicklyAsync(context.Caller(), id, context.RequestAborted);
        var json = await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, context.RequestAborted, mayBeAbsent: true);
        var given = json.Member("cursor");
        var text = given.ValueKind == JsonValueKind.Number ? given.GetRawText() : json.Text("cursor");
        if (!subscription.IsPull || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor))
        {
            throw new ProblemException(subscription.IsPull
                ? new Problem(422, "invalid_cursor", "'cursor' must come from a page of events.") {
                    Errors = [new FieldError("cursor", "invalid_value", "must be a page's cursor")] }
                : new Problem(409, "push_subscription", "This subscription has an endpoint: its events are sent there."));
        }

        var now = await reader.MoveAsync(subscription, cursor, back: false, context.RequestAborted);
        return Results.Ok(new { cursor = now.ToString(CultureInfo.InvariantCulture) });
    }

    private async Task<PullPage> PollAsync(
        Subscription subscription, long cursor, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var next = notification.Next(subscription.Organization);
            var page = await reader.ReadAsync(subscription, cursor, limit, cancellationToken);
            var left = wait - time.GetElapsedTime(began);
            if (page.Events.Count > 0 || left <= TimeSpan.Zero || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return page;
            }

            cursor = page.Cursor;
            if (!page.More)
            {
                await notification.WaitAsync(next, left < PollInterval ? left : PollInterval, cancellationToken);
            }
        }
    }
}
