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
internal sealed class DeliveryEndpoints(
    SubscriptionAccess access, JobQueues queues, EventLog log, ISettings<WebhooksOptions> settings, TimeProvider time)
{
    /// <summary>How long one request looks; then the page is short and has a cursor.</summary>
    private static readonly TimeSpan SearchTime = TimeSpan.FromMilliseconds(200);

    /// <summary><c>GET /v1/deliveries?subscription=&amp;status=&amp;error=&amp;event=&amp;since=&amp;until=&amp;cursor=&amp;limit=</c>,
    /// newest first.
    /// A page may be short and still have a cursor: <c>searchedTo</c> says how far back it looked.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var query = context.Request.Query;
        var status = query.Text("status");
        if (status is not null && !DeliveryJob.Declaration.States.All.Contains(status))
        {
            var states = string.Join(", ", DeliveryJob.Declaration.States.All);
            throw new ProblemException(new Problem(400, "invalid_query", $"The query's 'status' is one of: {states}."));
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
            var found = await Task.WhenAll(
                subscriptions.Select(async s => (Subscription: s, Job: await Queue(s).FindAsync(new JobId(eventId), cancellationToken))));
            var views = found.Where(f => f.Job is not null && (status is null || f.Job.State == status))
                .Select(f => DeliveryView.Of(f.Job!, f.Subscription.Id, withAttempts: false));
            return Results.Ok(new { data = views, cursor = (string?)null });
        }

        // One event's deliveries often share their position, so that the cursor says behind which subscription a page ended, too.
        var jobs = new JobQuery { State = status, From = query.Moment("since"), Until = query.Moment("until"), Limit = limit };
        var (rows, last, more) = await PageAsync(new DeliveryMerge(subscriptions, jobs, Queue, s => after?.For(s)), limit, error,
            cancellationToken);
        return Results.Ok(new
        {
            data = rows,
            cursor = more && last is { } end ? string.Create(CultureInfo.InvariantCulture, $"{end.Job.Position}.{end.Subscription.Id}")
                : null,
            searchedTo = more ? last?.Job.CreatedAt : null,
        });
    }

    /// <summary>Goes through the list until the page is full; where an error is looked for, which no index knows, for a bounded
    /// time.</summary>
    private async Task<(List<DeliveryView> Rows, (Subscription Subscription, StoredJob<DeliveryData> Job)? Last, bool More)> PageAsync(
        DeliveryMerge merge, int limit, string? error, CancellationToken cancellationToken)
    {
        List<DeliveryView> rows = [];
        (Subscription Subscription, StoredJob<DeliveryData> Job)? last = null;
        long? began = null;
        while (await merge.NextAsync(cancellationToken) is { } next)
        {
            // What every page takes, the first of each queue, does not count.
            began ??= time.GetTimestamp();
            if (rows.Count >= limit || (error is not null && last is not null && time.GetElapsedTime(began.Value) >= SearchTime))
            {
                return (rows, last, true);
            }

            last = next;
            var view = DeliveryView.Of(next.Job, next.Subscription.Id, withAttempts: false);
            if (error is null || view.LastError == error)
            {
                rows.Add(view);
            }
        }

        return (rows, last, false);
    }

    /// <summary><c>GET /v1/deliveries/{id}</c>, with its attempts.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        var (subscription, job) = await FindAsync(context, id);
        return Results.Ok(DeliveryView.Of(job, subscription.Id, withAttempts: true));
    }

    /// <summary>
    /// <c>POST /v1/deliveries/{id}/retry</c>: one that has ended is sent once more, with the whole schedule again; one that waits for its
    /// next attempt is due now, and keeps its attempts and its place. 409 <c>delivery_underway</c> while it is being sent or due already,
    /// 404 <c>event_not_found</c> when its event is gone.
    /// </summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        var (subscription, job) = await FindAsync(context, id);
        if (!subscription.Enabled)
        {
            throw new ProblemException(new Problem(409, "subscription_disabled", "The subscription is disabled: enable it first."));
        }

        if (await log.FindAsync(subscription.Organization, DeliveryJob.EventOf(job.Id), withBody: false, context.RequestAborted) is null)
        {
            throw new ProblemException(
                new Problem(404, "event_not_found", "Retention has removed the event, so there is nothing left to send."));
        }

        return await MakeDueAsync(Queue(subscription), job, context.RequestAborted) is { Change: JobChange.Changed, Job: { } now }
            ? Results.Accepted($"/v1/deliveries/{id}", DeliveryView.Of(now, subscription.Id, withAttempts: true))
            : throw new ProblemException(Underway((await FindAsync(context, id)).Job.Phase));
    }

    private static async Task<JobChangeResult<DeliveryData>> MakeDueAsync(
        JobQueue<DeliveryData> queue, StoredJob<DeliveryData> job, CancellationToken cancellationToken) => job.Phase switch
        {
            JobPhase.Parked or JobPhase.Finished =>
                await queue.ResumeAsync(job, DeliveryState.Pending, job.Data.Again(), cancellationToken),
            JobPhase.Queued =>
                new(await queue.MakeDueAsync(job, cancellationToken), await queue.FindAsync(job.Id, cancellationToken)),
            _ => new(JobChange.Conflict, job),
        };

    private static Problem Underway(JobPhase phase) => new(409, "delivery_underway", phase switch
    {
        JobPhase.Running => "The delivery is being sent at this moment. Wait for its answer, then resend it if it failed.",
        JobPhase.Queued => "The delivery is due already. It is sent as soon as its subscription's limits, and those before it, let it.",
        _ => "The delivery has ended meanwhile. Look at its last attempt, then resend it if it failed.",
    });

    private static Cursor? After(IQueryCollection query)
    {
        if (query.Text("cursor") is not { } text)
        {
            return null;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return long.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            && position < long.MaxValue
            ? new Cursor(position, dot < 0 ? null : text[(dot + 1)..])
            : throw QueryValues.Wrong("cursor", "must be one that a page gave");
    }

    private JobQueue<DeliveryData> Queue(Subscription subscription) => queues.Queue(DeliveryJob.Declaration, subscription.Partition);

    private async Task<(Subscription Subscription, StoredJob<DeliveryData> Job)> FindAsync(HttpContext context, string id)
    {
        if (DeliveryId.Parse(id) is { } parsed)
        {
            var subscription = await access.FindAsync(context.Caller(), parsed.Subscription.Value, context.RequestAborted);
            if (await Queue(subscription).FindAsync(new JobId(parsed.EventId), context.RequestAborted) is { } job)
            {
                return (subscription, job);
            }
        }

        throw new ProblemException(
            new Problem(404, "delivery_not_found", $"No such delivery, or it is older than {settings.Current.DeliveryRetention}."));
    }

    /// <summary>
    /// Where a page ended: a position, and of the deliveries that share it the last one's subscription (null: behind all of them).
    /// </summary>
    private sealed record Cursor(long Position, string? Subscription)
    {
        /// <summary>The cursor of one subscription's queue, which lists what is below it.</summary>
        public long For(Subscription subscription) =>
            Subscription is not null && string.CompareOrdinal(subscription.Id.Value, Subscription) > 0 ? Position + 1 : Position;
    }
}
