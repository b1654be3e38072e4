using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>The log of deliveries, over the subscriptions that the caller sees.</summary>
internal sealed class DeliveryEndpoints(SubscriptionAccess access, JobQueues queues, EventLog log, Randomness randomness, ISettings<WebhooksOptions> settings)
{
    /// <summary><c>GET /v1/deliveries?subscription=&amp;status=&amp;error=&amp;event=&amp;since=&amp;until=&amp;cursor=&amp;limit=</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var query = context.Request.Query;
        var status = query.Text("status");
        if (status is not null && !DeliveryState.All.Contains(status))
        {
            throw new ProblemException(new Problem(400, "invalid_query", "The query's 'status' is one of: " + string.Join(", ", DeliveryState.All) + "."));
        }

        var error = query.Text("error");
        var limit = (int)query.Number("limit", 50, 1, 200);
        var after = After(query);
        IReadOnlyList<Subscription> subscriptions = query.Text("subscription") is { } one
            ? [await access.FindAsync(context.Caller(), one, cancellationToken)]
            : await access.ListAsync(context.Caller(), cancellationToken);
        subscriptions = [.. subscriptions.Where(s => !s.IsPull)];
        if (query.Text("event") is { } eventId)
        {
            var found = await Task.WhenAll(subscriptions.Select(async s => (Subscription: s, Job: await Queue(s).FindAsync(new JobId(eventId), cancellationToken))));
            var views = found.Where(f => f.Job is not null && (status is null || f.Job.State == status)).Select(f => DeliveryView.Of(f.Job!, f.Subscription.Id, withAttempts: false));
            return Results.Ok(new { data = views, cursor = (string?)null });
        }

        // Each subscription has its own slot: as much as could be on the page is asked of each, and merged by age. Positions are unique within a slot alone:
        // one event's deliveries often share theirs, so that the cursor says behind which subscription a page ended, too.
        var jobs = new JobQuery { State = status, From = query.Moment("since"), Until = query.Moment("until"), Limit = limit };
        var pages = await Task.WhenAll(subscriptions.Select(async s => (Subscription: s, Page: await Queue(s).ListAsync(jobs with { Cursor = after?.For(s) }, cancellationToken))));
        var merged = pages
            .SelectMany(p => p.Page.Jobs.Select(j => (p.Subscription, Job: j)))
            .OrderByDescending(m => m.Job.Position)
            .ThenBy(m => m.Subscription.Id.Value, StringComparer.Ordinal)
            .Take(limit)
            .ToList();
        var more = pages.Any(p => p.Page.Cursor is not null) || pages.Sum(p => p.Page.Jobs.Count) > merged.Count;
        return Results.Ok(new
        {
            data = merged.Select(m => DeliveryView.Of(m.Job, m.Subscription.Id, withAttempts: false)).Where(v => error is null || v.LastError == error),
            cursor = more && merged.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{merged[^1].Job.Position}.{merged[^1].Subscription.Id}")
                : more ? pages.Max(p => p.Page.Cursor ?? 0).ToString(CultureInfo.InvariantCulture) : null,
        });
    }

    /// <summary><c>GET /v1/deliveries/{id}</c>, with its attempts.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        var (subscription, job) = await FindAsync(context, id);
        return Results.Ok(DeliveryView.Of(job, subscription.Id, withAttempts: true));
    }

    /// <summary><c>POST /v1/deliveries/{id}/retry</c>: once more, with the whole schedule again. 409 <c>delivery_underway</c> while it is due anyway, 404 <c>event_not_found</c> when its event is gone.</summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        var (subscription, job) = await FindAsync(context, id);
        if (!subscription.Enabled)
        {
            throw new ProblemException(new Problem(409, "subscription_disabled", "The subscription is disabled: enable it first."));
        }

        if (await log.FindAsync(subscription.Organization, DeliveryKind.EventOf(job.Id), withBody: false, context.RequestAborted) is null)
        {
            throw new ProblemException(new Problem(404, "event_not_found", "Retention has removed the event, so there is nothing left to send."));
        }

        var resumed = job.Phase is JobPhase.Parked or JobPhase.Finished
            ? await Queue(subscription).ResumeAsync(job.Id, job.State, DeliveryState.Pending, TimeSpan.Zero, Replays.Changes, new OperationId(randomness.Id("op")), context.RequestAborted)
            : new JobChangeResult(JobChange.Conflict, job);
        return resumed is { Change: JobChange.Changed, Job: { } now }
            ? Results.Accepted($"/v1/deliveries/{id}", DeliveryView.Of(now, subscription.Id, withAttempts: true))
            : throw new ProblemException(new Problem(409, "delivery_underway", "The delivery is already due or being sent."));
    }

    private static Cursor? After(IQueryCollection query)
    {
        if (query.Text("cursor") is not { } text)
        {
            return null;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return long.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position < long.MaxValue
            ? new Cursor(position, dot < 0 ? null : text[(dot + 1)..])
            : throw QueryValues.Wrong("cursor", "must be one that a page gave");
    }

    private JobQueue Queue(Subscription subscription) => queues.Queue(DeliveryKind.Kind, subscription.Partition);

    private async Task<(Subscription Subscription, Job Job)> FindAsync(HttpContext context, string id)
    {
        if (DeliveryId.Parse(id) is { } parsed)
        {
            var subscription = await access.FindAsync(context.Caller(), parsed.Subscription.Value, context.RequestAborted);
            if (await Queue(subscription).FindAsync(new JobId(parsed.EventId), context.RequestAborted) is { } job)
            {
                return (subscription, job);
            }
        }

        throw new ProblemException(new Problem(404, "delivery_not_found", $"No such delivery, or it is older than {settings.Current.DeliveryRetention}."));
    }

    /// <summary>Where a page ended: a position, and of the deliveries that share it the last one's subscription (null: behind all of them).</summary>
    private sealed record Cursor(long Position, string? Subscription)
    {
        /// <summary>The cursor of one subscription's queue, which lists what is below it.</summary>
        public long For(Subscription subscription) =>
            Subscription is not null && string.CompareOrdinal(subscription.Id.Value, Subscription) > 0 ? Position + 1 : Position;
    }
}
