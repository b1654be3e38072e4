using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Uploads.Api;

/// <summary>Reading and retrying uploads. Each caller sees its own; <c>admin</c> the organization's.</summary>
internal sealed class UploadEndpoints(
    UploadPipeline pipeline, UploadRuns runs, IdempotencyKeys keys, LikelyMatches matches, TimeProvider time)
{
    /// <summary><c>GET /v1/uploads?status=&amp;idempotencyKey=&amp;cursor=&amp;limit=</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var caller = context.Caller();
        var (query, problem) = JobRequests.Query(context, UploadJob.Declaration.States);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        if (PlusSign.Restored(context.Request.Query["idempotencyKey"].ToString()) is { Length: > 0 } key)
        {
            var bound = IdempotencyKey.Parse(key) is { } wanted
                ? await keys.FindAsync(wanted, caller.Client, context.RequestAborted)
                : null;
            var upload = bound is null ? null : await FindAsync(caller, bound.Upload, context.RequestAborted);
            return Results.Ok(new UploadList(upload is null ? [] : [View(upload)], null));
        }

        var page = await pipeline.Queue(caller.Organization).ListAsync(query!, context.RequestAborted);
        return Results.Ok(new UploadList([.. page.Jobs.Select(j => View(UploadRecord.Of(j)))], page.Next()));
    }

    /// <summary><c>GET /v1/uploads/{id}</c>; an uncertain one with the recordings that may be it.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        if (await FindAsync(context.Caller(), id, context.RequestAborted) is not { } upload)
        {
            return new ProblemResult(UploadProblems.NotFound);
        }

        var view = View(upload);
        return Results.Ok(upload.State is UploadState.Uncertain ? view with {
            LikelyMatches = await matches.FindAsync(upload, context.RequestAborted) } : view);
    }

    /// <summary><c>POST /v1/uploads/{id}/retry</c>: 202 with the upload.</summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        var caller = context.Caller();
        if (await FindAsync(caller, id, context.RequestAborted) is not { } upload)
        {
            return new ProblemResult(UploadProblems.NotFound);
        }

        if (await UploadRetry.RetryAsync(pipeline.Queue(caller.Organization), upload, time, context.RequestAborted) is { } problem)
        {
            return new ProblemResult(problem);
        }

        var now = await FindAsync(caller, id, context.RequestAborted) ?? upload;
        return Results.Accepted($"/v1/uploads/{id}", View(now));
    }

    /// <summary>The caller's upload, or null. What this process runs itself it knows to the byte.</summary>
    public async Task<UploadRecord?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await pipeline.Queue(caller.Organization).FindAsync(caller, id, cancellationToken) is { } job ? UploadRecord.Of(job) : null;

    public UploadView View(UploadRecord upload) => UploadView.Of(upload, runs.Find(upload.Id)?.Sent ?? 0);
}
