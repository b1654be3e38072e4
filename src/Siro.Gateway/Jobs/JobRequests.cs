using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Jobs;

/// <summary>What requests for stored jobs have in common: which of them a caller sees, and the query of a list.</summary>
internal static class JobRequests
{
    private const int MostListed = 200;
    private const int Listed = 50;

    /// <summary>Whether the caller sees every client's jobs of its organization, not its own alone.</summary>
    public static bool SeesAllJobs(this Caller caller) => caller.Permissions.Contains(Permissions.Admin);

    /// <summary>The caller's job, or null.</summary>
    public static async Task<StoredJob<TData>?> FindAsync<TData>(
        this JobQueue<TData> queue, Caller caller, string id, CancellationToken cancellationToken)
        where TData : class =>
        id.Length is > 0 and <= 100 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            && await queue.FindAsync(new JobId(id), cancellationToken) is { } job
            && (caller.SeesAllJobs() || string.Equals(job.Client, caller.Client.Value, StringComparison.OrdinalIgnoreCase))
            ? job
            : null;

    /// <summary>Reads <c>?status=&amp;cursor=&amp;limit=</c>: what the caller sees of these jobs, newest first.</summary>
    public static (JobQuery? Query, Problem? Problem) Query(HttpContext context, JobStates states)
    {
        var (caller, query, errors) = (context.Caller(), context.Request.Query, new List<FieldError>());
        var state = query["status"].ToString() is { Length: > 0 } text ? text : null;
        if (state is not null && !states.All.Contains(state, StringComparer.Ordinal))
        {
            errors.Add(new FieldError("status", "invalid_value", "must be one of " + string.Join(", ", states.All)));
        }

        var limit = Number(query["limit"], Listed);
        if (limit is not (>= 1 and <= MostListed))
        {
            errors.Add(new FieldError("limit", "invalid_value", $"must be a whole number from 1 to {MostListed}"));
        }

        var cursor = Number(query["cursor"], -1);
        if (cursor is null)
        {
            errors.Add(new FieldError("cursor", "invalid_value", "must be the cursor of the page before"));
        }

        return errors.Count > 0
            ? (null, new Problem(400, "invalid_query", "The query is invalid. See 'errors'.") { Errors = errors })
            : (new JobQuery
            {
                State = state,
                Client = caller.SeesAllJobs() ? null : caller.Client.Value,
                Limit = (int)limit!.Value,
                Cursor = cursor < 0 ? null : cursor,
            }, null);
    }

    /// <summary>Where the next page starts, as it is shown.</summary>
    public static string? Next<TData>(this JobPage<TData> page)
        where TData : class => page.Cursor?.ToString(CultureInfo.InvariantCulture);

    private static long? Number(string? text, long absent) =>
        string.IsNullOrEmpty(text) ? absent
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;
}
