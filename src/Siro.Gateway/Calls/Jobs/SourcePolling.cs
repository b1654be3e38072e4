using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Outbound;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>
/// Asks a provider for its calls: one endless job a source, so that one replica polls at a time. It asks from the last finished poll less
/// the overlap, so that an outage is caught up, and a poll that was interrupted goes on from its page; what is listed twice is stored once.
/// </summary>
internal sealed partial class SourcePolling(
    SourceRegistry sources, ProviderApi api, CallIntake intake, TimeProvider time, Randomness randomness, ILogger<SourcePolling> logger)
    : IJobHandler<SourcePollData>
{
    private const string Polling = "polling";

    /// <summary>One recurring job a source, whose name is its id; the partition is the organization.</summary>
    public static readonly Job<SourcePollData> Declaration = new(
        "call-poll", new JobStates(Polling, Active: [], Stopped: ["failed"], Done: ["removed"]), SourcePollJson.Default.SourcePollData);

    /// <summary>Pages of one run; the next run goes on from there.</summary>
    private const int MaxPages = 1000;

    private static readonly TimeSpan Failed = TimeSpan.FromSeconds(30);

    public async Task<JobOutcome> RunAsync(JobClaim<SourcePollData> claim, CancellationToken cancellationToken)
    {
        var (name, data) = (claim.Job.Id.Value, claim.Data);
        if (sources.Find(name) is not { Poll: { } poll } source)
        {
            return claim.Done("removed", keepFor: TimeSpan.FromMinutes(1));
        }

        var mark = data.Mark ?? claim.Job.CreatedAt;
        var first = First(source, poll, mark - poll.Overlap);
        var page = Page(data, first);
        var begun = page is null ? time.GetUtcNow() : data.Begun ?? mark;
        page ??= first;
        var found = 0;
        try
        {
            for (var pages = 0; pages < MaxPages && page is not null; pages++)
            {
                (var fresh, page) = await ReadAsync(source, poll, name, first, page, cancellationToken);
                found += fresh;
                var underWay = data with { Begun = begun, Page = page?.AbsoluteUri };
                if (page is not null && await claim.SaveAsync(Polling, underWay, cancellationToken) == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }
            }
        }
        catch (Exception e) when (e is ProviderUnavailableException or AddressForbiddenException or ProblemException)
        {
            Log.NotPolled(logger, name, e.Message);
            var pause = (e as ProviderUnavailableException)?.RetryAfter
                ?? randomness.Around(poll.Interval > Failed ? poll.Interval : Failed, 0.2);

            // The page may be what the provider refused; beginning the poll again costs pages, never calls.
            var kept = e is ProviderUnavailableException { MayPass: true } ? null : data with { Begun = null, Page = null };
            return claim.RetryAfter(pause, Polling, kept);
        }

        if (found > 0)
        {
            Log.Found(logger, name, found);
        }

        var interval = randomness.Around(poll.Interval, 0.1);
        return page is null
            ? claim.RetryAfter(interval, Polling, new SourcePollData { Mark = begun })
            : claim.RetryAfter(interval, Polling);
    }

    /// <summary>One page; answers with how many of its calls were new, and with the next page.</summary>
    private async Task<(int Fresh, Uri? Next)> ReadAsync(
        CallSourceOptions source, CallPollOptions poll, string name, Uri first, Uri page, CancellationToken cancellationToken)
    {
        var owner = sources.Owner(source, name);
        if (await api.GetAsync(source, page, cancellationToken) is not { } answer)
        {
            throw new ProviderUnavailableException("provider_answer_unreadable");
        }

        var fresh = 0;
        foreach (var notice in SourceRegistry.Of(source).List!.Read(answer, source))
        {
            fresh += (await intake.StoreAsync(owner, source.Complete(notice), cancellationToken, again: true)).IsNew ? 1 : 0;
        }

        var next = Next(source, poll, first, answer);
        if (next is not null && (next == page || next.Authority != first.Authority || next.Scheme != first.Scheme))
        {
            // A credential never follows a link elsewhere; a page that names itself would be read for ever.
            Log.NoNext(logger, name);
            next = null;
        }

        return (fresh, next);
    }

    private static Uri First(CallSourceOptions source, CallPollOptions poll, DateTimeOffset since) =>
        new((poll.Url ?? SourceRegistry.Of(source).List!.DefaultUrl(source)!).Replace(
            "{since}", Uri.EscapeDataString(Iso8601.Text(since)), StringComparison.Ordinal));

    /// <summary>The page at which a poll was interrupted; null where there is none, or the source is another one by now.</summary>
    private static Uri? Page(SourcePollData data, Uri first) =>
        Uri.TryCreate(data.Page, UriKind.Absolute, out var url) && url.Authority == first.Authority && url.Scheme == first.Scheme
            ? url
            : null;

    /// <summary>The next page: an address, or a cursor.</summary>
    private static Uri? Next(CallSourceOptions source, CallPollOptions poll, Uri first, JsonElement answer) =>
        JsonPointer.Text(answer, SourceRegistry.Of(source).List!.NextPointer(poll)) is not { } next ? null
        : Uri.TryCreate(next, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https" ? absolute
        : next.StartsWith('/') ? new Uri(first, next)
        : new Uri(
            $"{first.AbsoluteUri}{(first.Query.Length > 0 ? '&' : '?')}{Uri.EscapeDataString(poll.CursorParameter)}={Uri.EscapeDataString(next)}");

    private static partial class Log
    {
        [LoggerMessage(1911, LogLevel.Information, "Polling {Source} found {Count} new calls")]
        public static partial void Found(ILogger logger, string source, int count);

        [LoggerMessage(1912, LogLevel.Warning, "Polling {Source} was postponed: {Reason}")]
        public static partial void NotPolled(ILogger logger, string source, string reason);

        [LoggerMessage(1914, LogLevel.Warning,
            "Polling {Source} ended before its last page: the next page is on another host, or is the same page again (is "
            + "Poll:CursorParameter right?)")]
        public static partial void NoNext(ILogger logger, string source);
    }
}

/// <summary>How far the polls of a source have come.</summary>
internal sealed record SourcePollData
{
    /// <summary>When the last finished poll began.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Mark { get; init; }

    /// <summary>When the poll under way began.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Begun { get; init; }

    /// <summary>The next page of a poll under way; its address may grant access.</summary>
    [Encrypted]
    public string? Page { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SourcePollData))]
internal sealed partial class SourcePollJson : JsonSerializerContext;

/// <summary>Every polled source has its job.</summary>
internal sealed class SourcePolls(SourceRegistry sources, ISettings<CallsOptions> options) : IRecurringJobs
{
    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(30);

    public IAsyncEnumerable<RecurringJob> WantedAsync(CancellationToken cancellationToken) => options.Current.Sources
        .Where(s => s.Value.Poll is not null)
        .Select(s => new RecurringJob(
            SourcePolling.Declaration,
            sources.Owner(s.Value, s.Key).Organization.Value,
            new JobId(s.Key.ToLowerInvariant()),
            s.Value.Poll!.Interval))
        .ToAsyncEnumerable();
}
