using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Sync;

/// <summary>
/// Sends batches. A batch that Siro refuses is narrowed down: the items that Siro's issues point at are taken out; where they point at
/// none, it is halved until the bad item stands alone, at most 2 log2(batch) more calls per bad item.
/// </summary>
internal sealed class SyncBatches(SiroClient siro, Caller caller, SyncKind kind)
{
    /// <summary>After so many batches in a row that got no verdict, the rest of the request is not even tried.</summary>
    private const int GiveUpAfter = 2;

    private int _withoutVerdict;
    private SyncIssue? _lastReason;

    /// <summary>The verdict for each item, in order; never throws for what Siro says.</summary>
    public async Task<SyncResult[]> SendAsync(IReadOnlyList<SyncItem> items, CancellationToken cancellationToken)
    {
        var results = new SyncResult[items.Count];
        if (items.Count > 0)
        {
            await SendAsync(items, [.. Enumerable.Range(0, items.Count)], results, cancellationToken);
        }

        return results;
    }

    private async Task SendAsync(IReadOnlyList<SyncItem> items, int[] part, SyncResult[] results, CancellationToken cancellationToken)
    {
        if (_withoutVerdict >= GiveUpAfter)
        {
            Set(items, part, results, SyncStatus.Retryable, [_lastReason!]);
            return;
        }

        var (status, issues, reason) = await CallAsync(items, part, cancellationToken);
        switch (status)
        {
            case SyncStatus.Synced:
                _withoutVerdict = 0;
                Set(items, part, results, SyncStatus.Synced, null);
                return;
            case SyncStatus.Retryable:
                _withoutVerdict++;
                _lastReason = reason;
                Set(items, part, results, SyncStatus.Retryable, [reason!]);
                return;
        }

        _withoutVerdict = 0;
        if (part.Length == 1)
        {
            Set(items, part, results, SyncStatus.Rejected, issues.Count == 0 ? [reason!] : [.. issues.Select(Relative)]);
            return;
        }

        var pointedAt = issues.Select(Index).OfType<int>().Where(i => i < part.Length).ToHashSet();
        if (pointedAt.Count > 0)
        {
            foreach (var index in pointedAt)
            {
                Set(items, [part[index]], results, SyncStatus.Rejected, [.. issues.Where(i => Index(i) == index).Select(i => Relative(i))]);
            }

            var rest = part.Where((_, i) => !pointedAt.Contains(i)).ToArray();
            if (rest.Length > 0)
            {
                await SendAsync(items, rest, results, cancellationToken);
            }

            return;
        }

        var half = part.Length / 2;
        await SendAsync(items, part[..half], results, cancellationToken);
        await SendAsync(items, part[half..], results, cancellationToken);
    }

    private async Task<(SyncStatus Status, List<SyncIssue> Issues, SyncIssue? Reason)> CallAsync(
        IReadOnlyList<SyncItem> items, int[] part, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartArray();
            foreach (var index in part)
            {
                items[index].Json!.Value.WriteTo(writer);
            }

            writer.WriteEndArray();
        }

        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        var request = caller.ForCaller(SiroHost.External, HttpMethod.Put, kind.BatchPath) with { Priority = Later(caller.Priority),
            HeldBody = bytes, Idempotent = true };
        try
        {
            using var content = new ReadOnlyMemoryContent(
                bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            return await siro.AskAsync(request, HttpMethod.Put, kind.BatchPath, content, VerdictAsync, cancellationToken);
        }
        catch (ProblemException e)
        {
            return (SyncStatus.Retryable, [], new SyncIssue(e.Problem.Code, [], e.Problem.Detail));
        }
        catch (HttpRequestException e)
        {
            // Sync is an upsert: it may be sent again even where Siro may have done it.
            var outcome = SiroOutcome.Of(e);
            return (SyncStatus.Retryable, [], new SyncIssue(outcome.Code, [], outcome.Detail));
        }
    }

    private async Task<(SyncStatus Status, List<SyncIssue> Issues, SyncIssue? Reason)> VerdictAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return (SyncStatus.Synced, [], null);
        }

        var problem = await SiroAnswer.ToProblemAsync(response, siro.Time, cancellationToken);
        var reason = new SyncIssue(problem.Code, [], problem.Detail);
        return problem.Code == SiroOutcome.Rejected.Code || response.StatusCode == HttpStatusCode.RequestEntityTooLarge
            ? (SyncStatus.Rejected, Issues(problem),
                reason with { Message = problem.Extensions!.TryGetValue("siroError", out var error)
                ? error!.ToString()!
                : problem.Detail })
            : (SyncStatus.Retryable, [], reason);
    }

    private static Priority Later(Priority priority) => priority is Priority.Interactive ? Priority.Batch : priority;

    private static List<SyncIssue> Issues(Problem problem)
    {
        var issues = new List<SyncIssue>();
        if (problem.Extensions!.GetValueOrDefault("issues") is JsonElement { ValueKind: JsonValueKind.Array } array)
        {
            foreach (var issue in array.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object))
            {
                issues.Add(new SyncIssue(
                    issue.TryGetProperty("code", out var code) ? code.ToString() : "invalid",
                    issue.TryGetProperty("path", out var path) && path.ValueKind == JsonValueKind.Array ? [.. path.EnumerateArray()] : [],
                    issue.TryGetProperty("message", out var message) ? message.ToString() : "Refused"));
            }
        }

        return issues;
    }

    /// <summary>
    /// The item's position in the batch: the first number of the path (some validators put the body's own name before it).
    /// </summary>
    private static int? Index(SyncIssue issue)
    {
        foreach (var step in issue.Path.Take(2))
        {
            if (step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out var index) && index >= 0)
            {
                return index;
            }
        }

        return null;
    }

    /// <summary>The path from the item's root.</summary>
    private static SyncIssue Relative(SyncIssue issue)
    {
        var at = issue.Path.TakeWhile(p => p.ValueKind != JsonValueKind.Number).Count();
        return at <= 1 && at < issue.Path.Count ? issue with { Path = [.. issue.Path.Skip(at + 1)] } : issue;
    }

    private static void Set(
        IReadOnlyList<SyncItem> items, int[] part, SyncResult[] results, SyncStatus status, IReadOnlyList<SyncIssue>? issues)
    {
        foreach (var index in part)
        {
            results[index] = new SyncResult(items[index].ExternalId, status) { Issues = issues };
        }
    }
}
