using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Uploads.Api;

/// <summary>Reading and retrying uploads. Each caller sees its own; <c>admin</c> the organization's.</summary>
internal sealed class UploadEndpoints(UploadPipeline pipeline, UploadRecords records, UploadRuns runs, IdempotencyKeys keys, LikelyMatches matches, Randomness randomness, TimeProvider time)
{
    private const int MaxLimit = 200;
    private const int DefaultLimit = 50;

    /// <summary><c>GET /v1/uploads?status=&amp;idempotencyKey=&amp;cursor=&amp;limit=</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var caller = context.Caller();
        var query = context.Request.Query;
        var errors = new List<FieldError>();
        var limit = Number(query["limit"], "limit", 1, MaxLimit, errors) ?? DefaultLimit;
        var cursor = Number(query["cursor"], "cursor", 0, long.MaxValue, errors);
        var state = query["status"].ToString() is { Length: > 0 } text ? text : null;
        if (state is not null && !UploadState.All.Contains(state, StringComparer.Ordinal))
        {
            errors.Add(new FieldError("status", "invalid_value", "must be one of: " + string.Join(", ", UploadState.All)));
        }

        if (errors.Count > 0)
        {
            return new ProblemResult(new Problem(400, "invalid_query", "The query is invalid. See 'errors'.") { Errors = errors });
        }

        if (PlusSign.Restored(query["idempotencyKey"].ToString()) is { Length: > 0 } key)
        {
            var bound = IdempotencyKey.Parse(key) is { } wanted ? await keys.FindAsync(wanted, caller.Client, context.RequestAborted) : null;
            var upload = bound is null ? null : await FindAsync(caller, bound.Upload, context.RequestAborted);
            return Results.Ok(new UploadList(upload is null ? [] : [View(upload)], null));
        }

        var page = await pipeline.Queue(caller.Organization).ListAsync(
            new JobQuery { State = state, Client = SeesAll(caller) ? null : caller.Client.Value, Cursor = cursor, Limit = (int)limit },
            context.RequestAborted);
        return Results.Ok(new UploadList([.. page.Jobs.Select(j => View(records.Read(j)))], page.Cursor?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary><c>GET /v1/uploads/{id}</c>; an uncertain one with the recordings that may be it.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        if (await FindAsync(context.Caller(), id, context.RequestAborted) is not { } upload)
        {
            return new ProblemResult(UploadProblems.NotFound);
        }

        var view = View(upload);
        return Results.Ok(upload.State is UploadState.Uncertain ? view with { LikelyMatches = await matches.FindAsync(upload, context.RequestAborted) } : view);
    }

    /// <summary><c>POST /v1/uploads/{id}/retry</c>: 202 with the upload.</summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        var caller = context.Caller();
        if (await FindAsync(caller, id, context.RequestAborted) is not { } upload)
        {
            return new ProblemResult(UploadProblems.NotFound);
        }

        if (await UploadRetry.RetryAsync(pipeline.Queue(caller.Organization), upload, randomness, time, context.RequestAborted) is { } problem)
        {
            return new ProblemResult(problem);
        }

        var now = await FindAsync(caller, id, context.RequestAborted) ?? upload;
        return Results.Accepted($"/v1/uploads/{id}", View(now));
    }

    /// <summary>The caller's upload, or null. What this process runs itself it knows to the byte.</summary>
    public async Task<UploadRecord?> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        if (id.Length > 100 || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')))
        {
            return null;
        }

        var upload = await pipeline.FindAsync(caller.Organization, id, cancellationToken);
        return upload is not null && (SeesAll(caller) || upload.Owner.Client == caller.Client) ? upload : null;
    }

    public UploadView View(UploadRecord upload) => UploadView.Of(upload, runs.Find(upload.Id)?.Sent ?? 0);

    private static bool SeesAll(Caller caller) => caller.Permissions.Contains(Permissions.Admin);

    private static long? Number(string? text, string field, long least, long most, List<FieldError> errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        errors.Add(new FieldError(field, "invalid_value", $"must be a whole number from {least} to {most}"));
        return null;
    }
}
