using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// <c>POST /v1/subscriptions/{id}/replay</c>: 202 with the count, carried out in the background; <c>?preview=true</c> only counts.
/// </summary>
internal sealed class ReplayEndpoint(
    SubscriptionAccess access, Replays replays, PullReader pull, JobQueues queues, ReplayControl control, Randomness randomness)
{
    public async Task<IResult> PostAsync(HttpContext context, string id)
    {
        var cancellationToken = context.RequestAborted;
        var caller = context.Caller();
        var subscription = await access.FindAsync(caller, id, cancellationToken);
        var filter = ReplayFilter.Read(
            await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, cancellationToken, mayBeAbsent: true));
        var preview = context.Request.Query.Flag("preview");
        if (subscription.IsPull)
        {
            return await BackAsync(subscription, filter, preview, cancellationToken);
        }

        if (!preview && !subscription.Enabled)
        {
            throw new ProblemException(new Problem(409, "subscription_disabled", "The subscription is disabled: enable it first."));
        }

        var count = await replays.CountAsync(subscription, filter, cancellationToken);
        if (preview)
        {
            return Results.Ok(new { count });
        }

        var replay = randomness.Id("rpl");
        await Queue(subscription.Organization.Value).EnqueueAsync(
            new NewJob<ReplayData>(new JobId(replay), ReplayData.Of(subscription.Id.Value, filter, count))
            {
                Client = caller.Client.Value,
                KeepFor = TimeSpan.FromDays(1),
            },
            new OperationId(replay),
            cancellationToken);
        return Results.Accepted(value: new { id = replay, count });
    }

    /// <summary><c>GET /v1/subscriptions/{id}/replays</c>: those that are under way or paused, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, string id)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        var open = await replays.OpenAsync(subscription.Organization, context.RequestAborted);
        return Results.Ok(new ReplayList([.. open.Where(r => r.Data.Subscription == subscription.Id.Value).Select(View)]));
    }

    /// <summary><c>GET /v1/subscriptions/{id}/replays/{replay}</c>: how far it is.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id, string replay) =>
        Results.Ok(View(await FindAsync(context, id, replay)));

    /// <summary><c>POST …/pause</c>: it stops between two steps, and can go on.</summary>
    public Task<IResult> PauseAsync(HttpContext context, string id, string replay) => AskAsync(context, id, replay, ReplayControl.Pause);

    /// <summary><c>POST …/cancel</c>: it stops between two steps, for good. What is due again stays due.</summary>
    public Task<IResult> CancelAsync(HttpContext context, string id, string replay) => AskAsync(context, id, replay, ReplayControl.Cancel);

    /// <summary><c>POST …/resume</c>: a paused one goes on.</summary>
    public async Task<IResult> ResumeAsync(HttpContext context, string id, string replay)
    {
        var job = await FindAsync(context, id, replay);
        await control.ClearAsync(replay, context.RequestAborted);
        return Results.Accepted(value: View(await GoOnAsync(job, context.RequestAborted) ?? await FindAsync(context, id, replay)));
    }

    private async Task<IResult> AskAsync(HttpContext context, string id, string replay, string what)
    {
        var job = await FindAsync(context, id, replay);
        if (ReplayState.IsOver(job.State))
        {
            throw new ProblemException(new Problem(409, "replay_ended", $"The replay is at '{job.State}': there is nothing left to stop."));
        }

        await control.AskAsync(replay, what, context.RequestAborted);

        // A paused one runs once more, to end.
        return Results.Accepted(value: View((what == ReplayControl.Cancel ? await GoOnAsync(job, context.RequestAborted) : null) ?? job));
    }

    private JobQueue<ReplayData> Queue(string organization) => queues.Queue(ReplayJob.Declaration, organization);

    private async Task<StoredJob<ReplayData>?> GoOnAsync(StoredJob<ReplayData> job, CancellationToken cancellationToken) =>
        job.State != ReplayState.Paused
        ? null
        : (await Queue(job.Partition).ResumeAsync(job, ReplayState.Replaying, null, cancellationToken)).Job;

    private async Task<StoredJob<ReplayData>> FindAsync(HttpContext context, string id, string replay)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        var wellFormed = replay.Length is > 0 and <= 64 && replay.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return wellFormed && await Queue(subscription.Organization.Value).FindAsync(new JobId(replay), context.RequestAborted) is { } job
            && job.Data.Subscription == subscription.Id.Value
            ? job
            : throw new ProblemException(
                new Problem(404, "replay_not_found", "This subscription has no such replay, or it ended more than a day ago."));
    }

    private static ReplayView View(StoredJob<ReplayData> job) =>
        new(job.Id.Value, job.State, job.Data.Filter.Status, job.Data.Done, job.Data.Count, job.CreatedAt, job.UpdatedAt);

    /// <summary>A reader replays by going back.</summary>
    private async Task<IResult> BackAsync(Subscription subscription, ReplayFilter filter, bool preview, CancellationToken cancellationToken)
    {
        if (filter.Since is not { } since)
        {
            throw new ProblemException(new Problem(422, "invalid_replay", "A pull subscription is replayed from a point in time.") {
                Errors = [new FieldError("since", "required", "is needed")] });
        }

        var count = await replays.CountAsync(subscription, filter with { Status = null }, cancellationToken);
        if (preview)
        {
            return Results.Ok(new { count });
        }

        var cursor = await pull.MoveAsync(subscription, StoredEvent.NumberOf(since) - 1, back: true, cancellationToken);
        return Results.Accepted(value: new { count, cursor = cursor.ToString(CultureInfo.InvariantCulture) });
    }
}

/// <summary>Replays of one subscription.</summary>
internal sealed record ReplayList(IReadOnlyList<ReplayView> Data);

/// <summary>How far a replay is.</summary>
/// <param name="State"><c>replaying</c>, <c>paused</c>, <c>cancelled</c>, <c>done</c>, <c>failed</c>, or <c>dropped</c> with its
/// subscription.</param>
/// <param name="Status">Which deliveries it takes, by their status; null: every event's.</param>
/// <param name="Done">Deliveries that it made due again.</param>
/// <param name="Count">How many the filter covered when it began.</param>
internal sealed record ReplayView(
    string Id, string State, string? Status, int Done, int Count, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
