using System.Globalization;
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
internal sealed class CallEndpoints(CallIntake intake, CallRecords records, ProviderApi api, OutboundClient outbound, UploadPipeline uploads, Randomness randomness, TimeProvider time)
{
    private const int MaxLimit = 200;

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

        var (call, isNew) = await intake.StoreAsync(new CallOwner(caller.Organization, caller.Client, caller.ActingUser, null), Notice(request!), context.RequestAborted);
        var ticket = new CallTicket(call.Id, call.State);
        return isNew ? Results.Accepted($"/v1/calls/{call.Id}", ticket) : Results.Ok(ticket);
    }

    /// <summary><c>GET /v1/calls?status=&amp;cursor=&amp;limit=</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var (query, problem) = Query(context);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        var page = await intake.Queue(context.Caller().Organization).ListAsync(query!, context.RequestAborted);
        return Results.Ok(new CallList([.. page.Jobs.Select(j => CallView.Of(records.Read(j)))], page.Cursor?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary><c>GET /v1/calls/{id}</c>.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id) =>
        await FindAsync(context, id) is { } job ? Results.Ok(CallView.Of(records.Read(job))) : NotFound;

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

        var call = records.Read(job);
        if (call.State is CallState.Created or CallState.Forwarding or CallState.Uncertain || call.Notice is not { } notice)
        {
            return new ProblemResult(new Problem(409, "not_changeable", $"The call is at '{call.State}': what Siro was told can't be changed here."));
        }

        var merged = request! with { IntegrationConnectionId = request!.IntegrationConnectionId ?? notice.IntegrationConnectionId };
        var errors = request.RecordingUrl is null && request.SourceId is null && request.StartedAt is null
            ? CallInput.CheckDetails(merged, time.GetUtcNow())
            : await CallInput.CheckAsync(merged with { SourceId = request.SourceId is null ? notice.SourceId : "", StartedAt = request.StartedAt ?? notice.StartedAt ?? time.GetUtcNow(), RecordingUrl = request.RecordingUrl ?? notice.RecordingUrl }, outbound, api.Rules, time.GetUtcNow(), context.RequestAborted);
        if (errors.Count > 0)
        {
            return new ProblemResult(CallInput.Invalid([.. errors.Select(e => e.Field == "sourceId" ? e with { Code = "read_only", Message = "can't be changed: it is the call's key" } : e)]));
        }

        var fields = JobFields.Changes(("notice", records.Seal(id, Merge(notice, request))));
        var queue = intake.Queue(call.Organization);
        var changed = job.Phase is JobPhase.Parked or JobPhase.Finished
            ? await queue.ResumeAsync(job.Id, call.State, CallState.Notified, TimeSpan.Zero, Anew(fields), Operation(), context.RequestAborted)
            : await queue.EditAsync(job.Id, job.Revision, fields, Operation(), context.RequestAborted);
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

        return CallState.IsStopped(job.State)
            ? Answer(await ResumeAsync(job, context.RequestAborted), view => Results.Accepted($"/v1/calls/{id}", view))
            : new ProblemResult(new Problem(409, "not_retryable", $"The call is at '{job.State}'" + (job.State == CallState.Created ? ": the recording exists." : " and goes on by itself.")));
    }

    /// <summary><c>POST /v1/calls/retry?status=failed&amp;limit=</c>: all stopped calls of one state, a page at a time.</summary>
    public async Task<IResult> RetryManyAsync(HttpContext context)
    {
        var (query, problem) = Query(context);
        if (problem is not null || !CallState.IsStopped(query!.State ?? ""))
        {
            return new ProblemResult(problem ?? new Problem(400, "invalid_query", "status must be failed, needs_rep or uncertain.") { Errors = [new FieldError("status", "required", "must be failed, needs_rep or uncertain")] });
        }

        var page = await intake.Queue(context.Caller().Organization).ListAsync(query, context.RequestAborted);
        var retried = 0;
        foreach (var job in page.Jobs)
        {
            retried += (await ResumeAsync(job, context.RequestAborted)).Change == JobChange.Changed ? 1 : 0;
        }

        return Results.Ok(new CallRetryAnswer(retried, page.Cursor?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>
    /// An uncertain call's upload is retried too: that is the explicit retry that creates again. What failed is begun anew by the call's own run,
    /// which fetches again only what the storage does not have.
    /// </summary>
    private async Task<JobChangeResult> ResumeAsync(Job job, CancellationToken cancellationToken)
    {
        var call = records.Read(job);
        var (state, delay) = (CallState.Notified, TimeSpan.Zero);
        if (call.UploadId is { } uploadId && await uploads.FindAsync(call.Organization, uploadId, cancellationToken) is { State: UploadState.Uncertain } upload && UploadRetry.IsPossible(upload))
        {
            // The call asks for the upload's end once that can be there.
            await UploadRetry.RetryAsync(uploads.Queue(call.Organization), upload, randomness, time, cancellationToken);
            (state, delay) = (CallState.Forwarding, CallRun.UploadTime);
        }

        return await intake.Queue(call.Organization).ResumeAsync(job.Id, job.State, state, delay, Anew([]), Operation(), cancellationToken);
    }

    private Dictionary<string, string?> Anew(Dictionary<string, string?> fields)
    {
        foreach (var (name, value) in new[] { CallRecords.Tries(0), CallRecords.Failure(null), CallRecords.TriedSince(time.GetUtcNow()) })
        {
            fields[name] = value;
        }

        return fields;
    }

    private OperationId Operation() => new(randomness.Id("op"));

    private IResult Answer(JobChangeResult changed, Func<CallView, IResult> result) => changed switch
    {
        { Change: JobChange.Changed, Job: { } job } => result(CallView.Of(records.Read(job))),
        { Change: JobChange.NotFound } => NotFound,
        _ => new ProblemResult(new Problem(409, "in_progress", "The call is being processed. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(2) }),
    };

    private async Task<Job?> FindAsync(HttpContext context, string id)
    {
        var caller = context.Caller();
        var wellFormed = id.Length is > 0 and <= 100 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return wellFormed && await intake.Queue(caller.Organization).FindAsync(new JobId(id), context.RequestAborted) is { } job && Sees(caller, job.Client) ? job : null;
    }

    private static (JobQuery? Query, Problem? Problem) Query(HttpContext context)
    {
        var caller = context.Caller();
        var query = context.Request.Query;
        var errors = new List<FieldError>();
        var state = query["status"].ToString() is { Length: > 0 } text ? text : null;
        if (state is not null && !CallState.All.Contains(state, StringComparer.Ordinal))
        {
            errors.Add(new FieldError("status", "invalid_value", "must be one of " + string.Join(", ", CallState.All)));
        }

        var limit = Number(query["limit"], 50);
        if (limit is not (>= 1 and <= MaxLimit))
        {
            errors.Add(new FieldError("limit", "invalid_value", $"must be 1 to {MaxLimit}"));
        }

        var cursor = Number(query["cursor"], -1);
        if (cursor is null)
        {
            errors.Add(new FieldError("cursor", "invalid_value", "must be the cursor of the page before"));
        }

        return errors.Count > 0
            ? (null, new Problem(400, "invalid_query", "The query is invalid. See 'errors'.") { Errors = errors })
            : (new JobQuery { State = state, Client = SeesAll(caller) ? null : caller.Client.Value, Limit = (int)limit!.Value, Cursor = cursor < 0 ? null : cursor }, null);
    }

    private static long? Number(string? text, long absent) =>
        string.IsNullOrEmpty(text) ? absent : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool SeesAll(Caller caller) => caller.Permissions.Contains(Permissions.Admin);

    private static bool Sees(Caller caller, string? client) => SeesAll(caller) || string.Equals(client, caller.Client.Value, StringComparison.OrdinalIgnoreCase);

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
