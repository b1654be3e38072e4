using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Jobs;

/// <summary>The jobs of a kind as callers see them; the partition is the organization.</summary>
/// <param name="path">For example <c>/v1/exports</c>.</param>
/// <param name="name">For example <c>export</c>; the first word of its error codes.</param>
internal abstract class JobResource<TData>(string path, string name, string permission)
    where TData : class
{
    /// <summary>The data of a job that a person has tried again; null: as it was.</summary>
    public Func<TData, TData>? Again { get; init; }

    /// <summary>
    /// <c>GET path</c>, <c>GET path/{id}</c>, <c>POST path/{id}/retry</c>. Each caller sees its own jobs; <c>admin</c> the organization's.
    /// </summary>
    public void Map(IEndpointRouteBuilder routes, Job<TData> job)
    {
        var group = routes.MapGroup(path).RequirePermission(permission).WithTags("Jobs");
        Describe(
            group.MapGet("", (HttpContext context, JobQueues queues) => ListAsync(context, queues, job))
                .WithSummary($"The caller's jobs of the kind '{job.Kind}', newest first")
                .WithQuery(("status", "One state."), ("cursor", "The page before's cursor."), ("limit", "How many at most.")),
            isList: true,
            StatusCodes.Status200OK);
        Describe(
            group.MapGet("{id}", (HttpContext context, string id, JobQueues queues) => GetAsync(context, id, queues, job))
                .WithSummary($"One {name} and how far it is"),
            isList: false,
            StatusCodes.Status200OK);
        Describe(
            group.MapPost("{id}/retry", (HttpContext context, string id, JobQueues queues) => RetryAsync(context, id, queues, job))
                .WithSummary($"Try a stopped {name} again"),
            isList: false,
            StatusCodes.Status202Accepted);
    }

    protected abstract object View(StoredJob<TData> job);

    protected abstract object List(IEnumerable<StoredJob<TData>> jobs, string? cursor);

    protected abstract void Describe(RouteHandlerBuilder endpoint, bool isList, int status);

    private async Task<IResult> ListAsync(HttpContext context, JobQueues queues, Job<TData> job)
    {
        var (query, problem) = JobRequests.Query(context, job.States);
        if (problem is not null)
        {
            return new ProblemResult(problem);
        }

        var page = await Queue(context, queues, job).ListAsync(query!, context.RequestAborted);
        return Results.Ok(List(page.Jobs, page.Next()));
    }

    private async Task<IResult> GetAsync(HttpContext context, string id, JobQueues queues, Job<TData> job) =>
        await Queue(context, queues, job).FindAsync(context.Caller(), id, context.RequestAborted) is { } found
            ? Results.Ok(View(found))
            : NotFound();

    private async Task<IResult> RetryAsync(HttpContext context, string id, JobQueues queues, Job<TData> job)
    {
        var queue = Queue(context, queues, job);
        if (await queue.FindAsync(context.Caller(), id, context.RequestAborted) is not { } found)
        {
            return NotFound();
        }

        if (!job.States.IsStopped(found.State))
        {
            return NotRetryable(found.State);
        }

        var resumed = await queue.ResumeAsync(found, job.States.First, Again?.Invoke(found.Data), context.RequestAborted);
        return resumed switch
        {
            { Change: JobChange.Changed, Job: { } now } => Results.Accepted($"{path}/{id}", View(now)),
            { Change: JobChange.NotFound } => NotFound(),
            _ => NotRetryable(resumed.Job?.State ?? found.State),
        };
    }

    private static JobQueue<TData> Queue(HttpContext context, JobQueues queues, Job<TData> job) =>
        queues.Queue(job, context.Caller().Organization.Value);

    private ProblemResult NotFound() => new(new Problem(404, name + "_not_found", $"There is no such {name}, or it is not this client's."));

    private ProblemResult NotRetryable(string state) =>
        new(new Problem(409, "not_retryable", $"The {name} is at '{state}': only one that has stopped can be tried again."));
}

/// <summary>The same with what a caller sees of each job.</summary>
internal sealed class JobResource<TData, TView>(string path, string name, string permission, Func<StoredJob<TData>, TView> view)
    : JobResource<TData>(path, name, permission)
    where TData : class
    where TView : class
{
    protected override object View(StoredJob<TData> job) => view(job);

    protected override object List(IEnumerable<StoredJob<TData>> jobs, string? cursor) =>
        new JobList<TView>([.. jobs.Select(view)], cursor);

    protected override void Describe(RouteHandlerBuilder endpoint, bool isList, int status) =>
        _ = isList ? endpoint.Produces<JobList<TView>>(status) : endpoint.Produces<TView>(status);
}

/// <summary>A page of jobs.</summary>
/// <param name="Cursor">Asks for the next page; null at the end.</param>
internal sealed record JobList<TView>(IReadOnlyList<TView> Data, string? Cursor);
