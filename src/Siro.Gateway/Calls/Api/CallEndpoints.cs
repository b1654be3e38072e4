using Siro.Gateway.Access;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Outbound;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads;
using Siro.Gateway.Uploads.Jobs;

namespace Siro.Gateway.Calls.Api;

/// <summary>Calls by reference. Each caller sees its own; <c>admin</c> the organization's.</summary>
internal sealed class CallEndpoints(CallIntake intake, ProviderApi api, OutboundClient outbound, UploadPipeline uploads, TimeProvider time)
{
    /// <summary><c>POST /v1/calls</c>: 202 with a new job, 200 with the one of the same source id.</summary>
    public async Task<IResult> PostAsync(HttpContext context)
    {
        var (request, problem) = await CallInput.ReadAsync(context);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        if (await CallInput.CheckAsync(request!, outbound, api.Rules, time.GetUtcNow(), context.RequestAborted) is { Count: > 0 } errors)
        {
            return new ProblemResult(CallInput.Invalid(errors));
        }

        var caller = context.Caller();
        if (caller.ActingUser is null)
        {
            return new ProblemResult(UploadProblems.ActingUserMissing);
        }

        var (call, isNew) = await intake.StoreAsync(
            new CallOwner(caller.Organization, caller.Client, caller.ActingUser, null), Notice(request!), context.RequestAborted);
        var ticket = new CallTicket(call.Id, call.State);
        return isNew ? Results.Accepted($"/v1/calls/{call.Id}", ticket) : Results.Ok(ticket);
    }

    /// <summary><c>GET /v1/calls?status=&amp;cursor=&amp;limit=</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var (query, problem) = JobRequests.Query(context, CallJob.Declaration.States);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        var page = await intake.Queue(context.Caller().Organization).ListAsync(query!, context.RequestAborted);
        return Results.Ok(new CallList([.. page.Jobs.Select(j => CallView.Of(CallRecord.Of(j)))], page.Next()));
    }

    /// <summary><c>GET /v1/calls/{id}</c>.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id) =>
        await FindAsync(context, id) is { } job ? Results.Ok(CallView.Of(CallRecord.Of(job))) : NotFound;

    /// <summary><c>PATCH /v1/calls/{id}</c>: what the body names replaces what was known; a stopped call goes on with it.</summary>
    public async Task<IResult> PatchAsync(HttpContext context, string id)
    {
        var (request, problem) = await CallInput.ReadAsync(context);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        if (await FindAsync(context, id) is not { } job)
        {
            return NotFound;
        }

        var call = CallRecord.Of(job);
        if (call.State is CallState.Created or CallState.Forwarding or CallState.Uncertain || call.Notice is not { } notice)
        {
            return new ProblemResult(
                new Problem(409, "not_changeable", $"The call is at '{call.State}': what Siro was told can't be changed here."));
        }

        var whole = request! with { IntegrationConnectionId = request!.IntegrationConnectionId ?? notice.IntegrationConnectionId };
        var errors = request.RecordingUrl is null && request.SourceId is null && request.StartedAt is null
            ? CallInput.CheckDetails(whole, time.GetUtcNow())
            : await CallInput.CheckAsync(
                whole with
                {
                    SourceId = request.SourceId is null ? notice.SourceId : "",
                    StartedAt = request.StartedAt ?? notice.StartedAt ?? time.GetUtcNow(),
                    RecordingUrl = request.RecordingUrl ?? notice.RecordingUrl,
                },
                outbound,
                api.Rules,
                time.GetUtcNow(),
                context.RequestAborted);
        if (errors.Count > 0)
        {
            return new ProblemResult(CallInput.Invalid([.. errors.Select(
                e => e.Field == "sourceId" ? e with { Code = "read_only", Message = "can't be changed: it is the call's key" } : e)]));
        }

        var merged = job.Data with { Notice = Merge(notice, request) };
        var queue = intake.Queue(call.Organization);
        var changed = job.Phase is JobPhase.Parked or JobPhase.Finished
            ? await queue.ResumeAsync(job, CallState.Notified, merged.Anew(time.GetUtcNow()), context.RequestAborted)
            : await queue.EditAsync(job, merged, context.RequestAborted);
        if (changed.Change == JobChange.Changed && job.Phase == JobPhase.Queued)
        {
            await queue.WakeAsync(context.RequestAborted);
        }

        return Answer(changed, Results.Ok);
    }

    /// <summary><c>POST /v1/calls/{id}/retry</c>: a person decided that it is to be tried again.</summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        if (await FindAsync(context, id) is not { } job)
        {
            return NotFound;
        }

        return CallJob.Declaration.States.IsStopped(job.State)
            ? Answer(await ResumeAsync(job, context.RequestAborted), view => Results.Accepted($"/v1/calls/{id}", view))
            : new ProblemResult(new Problem(409, "not_retryable", $"The call is at '{job.State}'"
                + (job.State == CallState.Created ? ": the recording exists." : " and goes on by itself.")));
    }

    /// <summary><c>POST /v1/calls/retry?status=failed&amp;limit=</c>: all stopped calls of one state, a page at a time.</summary>
    public async Task<IResult> RetryManyAsync(HttpContext context)
    {
        var (query, problem) = JobRequests.Query(context, CallJob.Declaration.States);
        if (problem is not null || !CallJob.Declaration.States.IsStopped(query!.State))
        {
            return new ProblemResult(problem ?? new Problem(400, "invalid_query", "status must be failed, needs_rep or uncertain.") {
                Errors = [new FieldError("status", "required", "must be failed, needs_rep or uncertain")] });
        }

        var page = await intake.Queue(context.Caller().Organization).ListAsync(query, context.RequestAborted);
        var retried = 0;
        foreach (var job in page.Jobs)
        {
            retried += (await ResumeAsync(job, context.RequestAborted)).Change == JobChange.Changed ? 1 : 0;
        }

        return Results.Ok(new CallRetryAnswer(retried, page.Next()));
    }

    /// <summary>
    /// An uncertain call's upload is retried too: that is the explicit retry that creates again. What failed is begun anew by the call's
    /// own run, which fetches again only what the storage does not have.
    /// </summary>
    private async Task<JobChangeResult<CallData>> ResumeAsync(StoredJob<CallData> job, CancellationToken cancellationToken)
    {
        var call = CallRecord.Of(job);
        var (state, delay) = (CallState.Notified, TimeSpan.Zero);
        if (call.UploadId is { } uploadId
            && await uploads.FindAsync(call.Organization, uploadId, cancellationToken) is { State: UploadState.Uncertain } upload
            && UploadRetry.IsPossible(upload))
        {
            // The call asks for the upload's end once that can be there.
            await UploadRetry.RetryAsync(uploads.Queue(call.Organization), upload, time, cancellationToken);
            (state, delay) = (CallState.Forwarding, CallRun.UploadTime);
        }

        return await intake.Queue(call.Organization).ResumeAsync(job, state, job.Data.Anew(time.GetUtcNow()), cancellationToken, delay);
    }

    private IResult Answer(JobChangeResult<CallData> changed, Func<CallView, IResult> result) => changed switch
    {
        { Change: JobChange.Changed, Job: { } job } => result(CallView.Of(CallRecord.Of(job))),
        { Change: JobChange.NotFound } => NotFound,
        _ => new ProblemResult(new Problem(409, "in_progress", "The call is being processed. Try again in a moment.") {
            RetryAfter = TimeSpan.FromSeconds(2) }),
    };

    private Task<StoredJob<CallData>?> FindAsync(HttpContext context, string id) =>
        intake.Queue(context.Caller().Organization).FindAsync(context.Caller(), id, context.RequestAborted);

    private static CallNotice Notice(CallRequest request) => new()
    {
        SourceId = request.SourceId!,
        RecordingUrl = request.RecordingUrl,
        StartedAt = request.StartedAt,
        Rep = request.Rep ?? new CallRep(),
        Customer = request.Customer ?? new CallCustomer(),
        Title = request.Title,
        ConversationType = request.ConversationType,
        IntegrationConnectionId = request.IntegrationConnectionId,
        CrmObjects = request.CrmObjects,
    };

    private static CallNotice Merge(CallNotice notice, CallRequest request) => (request.Rep is { } rep ? notice.WithRep(rep) : notice) with
    {
        RecordingUrl = request.RecordingUrl ?? notice.RecordingUrl,
        StartedAt = request.StartedAt ?? notice.StartedAt,
        Customer = request.Customer ?? notice.Customer,
        Title = request.Title ?? notice.Title,
        ConversationType = request.ConversationType ?? notice.ConversationType,
        IntegrationConnectionId = request.IntegrationConnectionId ?? notice.IntegrationConnectionId,
        CrmObjects = request.CrmObjects ?? notice.CrmObjects,
    };

    private static ProblemResult NotFound => new(new Problem(404, "call_not_found", "No such call, or it belongs to another client."));
}
