using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>What may be done after a request to Siro has failed.</summary>
internal enum SiroVerdict
{
    /// <summary>Nothing was done at Siro: the same request may be sent again.</summary>
    Retry,

    /// <summary>Nothing was done, and nothing should be sent before a while has passed.</summary>
    Wait,

    /// <summary>The same request would fail every time.</summary>
    Permanent,

    /// <summary>Siro may have done it: only what is harmless to repeat may be sent again.</summary>
    Unknown,
}

/// <summary>
/// What a failed request to Siro means, its code, and the HTTP status that the gateway's caller gets. docs/errors.md shows
/// <see cref="All"/>.
/// </summary>
/// <param name="When">What happened, in a few words, as docs/errors.md says it.</param>
internal sealed record SiroOutcome(string When, SiroVerdict Verdict, int Status, string Code, string Detail)
{
    /// <summary>How long to wait where Siro said nothing about it.</summary>
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);

    public static readonly SiroOutcome Unreachable = new(
        "no connection", SiroVerdict.Retry, 502, "siro_unreachable", "No connection to Siro could be made. Nothing was sent; try again.");

    public static readonly SiroOutcome BrokenAnswer = new(
        "the connection broke after the request was sent, or the answer is no HTTP", SiroVerdict.Unknown, 502, "siro_broken_answer",
        "The request was sent, but Siro's answer could not be read. Siro may have done it: look before you send it again.");

    public static readonly SiroOutcome Timeout = new(
        "no answer in time", SiroVerdict.Unknown, 504, "siro_timeout", "Siro did not answer in time.");

    public static readonly SiroOutcome Unavailable = new(
        "half of the last calls to that host failed", SiroVerdict.Wait, 503, "siro_unavailable",
        "Siro's host keeps failing, so nothing is sent to it for a few seconds. Try again after Retry-After.");

    public static readonly SiroOutcome CdnRefused = new(
        "403, a page of the CDN", SiroVerdict.Permanent, 502, "siro_cdn_refused",
        "The CDN in front of Siro refused the gateway's User-Agent (403, error code 1010). Set Siro:UserAgent to one that it takes.");

    public static readonly SiroOutcome UnreadableAnswer = new(
        "2xx, but no JSON, or too long", SiroVerdict.Unknown, 502, "siro_answer_unreadable",
        "Siro's answer is not JSON, or is longer than the gateway reads.");

    public static readonly SiroOutcome Rejected = new(
        "400, 409, 422", SiroVerdict.Permanent, 422, "siro_rejected", "Siro refused the content; see issues or siroError.");

    public static readonly SiroOutcome Unauthorized = new(
        "401, after one renewal", SiroVerdict.Permanent, 502, "siro_unauthorized",
        "Siro refused the gateway's credential; the operator can find out why with 'token check' and 'doctor'.");

    public static readonly SiroOutcome Forbidden = new(
        "403", SiroVerdict.Permanent, 403, "siro_forbidden", "Siro does not allow this for the acting user or organization.");

    public static readonly SiroOutcome NotFound = new("404", SiroVerdict.Permanent, 404, "siro_not_found", "Siro has no such item.");

    public static readonly SiroOutcome Throttled = new(
        "429", SiroVerdict.Wait, 429, "siro_throttled", "Siro's rate limit is reached. Try again after Retry-After.");

    public static readonly SiroOutcome Failed = new("408, 5xx", SiroVerdict.Unknown, 502, "siro_error", "Siro failed to answer.");

    public static readonly SiroOutcome Unexpected = new(
        "any other status", SiroVerdict.Permanent, 502, "siro_error", "Siro answered with an undocumented status.");

    public static readonly SiroOutcome Incomplete = new(
        "2xx without a documented field, or a path that it does not serve", SiroVerdict.Permanent, 502, "siro_answer_invalid",
        "Siro's answer lacks a documented field.");

    /// <summary>Every row, in the order of docs/errors.md.</summary>
    public static IReadOnlyList<SiroOutcome> All =>
        [Unreachable, BrokenAnswer, Timeout, Unavailable, CdnRefused, UnreadableAnswer, Rejected, Unauthorized, Forbidden, NotFound,
            Throttled, Failed, Unexpected, Incomplete];

    /// <summary>What an answer means that is no 2xx.</summary>
    public static SiroOutcome Of(HttpResponseMessage response) => Of(response.StatusCode, CdnRefusal.Is(response));

    /// <summary>The same of an answer that was read already.</summary>
    public static SiroOutcome Of(HttpStatusCode status, bool refusedByCdn) => (int)status switch
    {
        _ when refusedByCdn => CdnRefused,
        400 or 409 or 422 => Rejected,
        401 => Unauthorized,
        403 => Forbidden,
        404 => NotFound,
        429 => Throttled,
        408 or >= 500 => Failed,
        _ => Unexpected,
    };

    /// <summary>What a failure of the transport means: before anything was sent, or after.</summary>
    public static SiroOutcome Of(Exception exception) =>
        exception is HttpRequestException e && ConnectFailure.Is(e) ? Unreachable : BrokenAnswer;

    /// <summary>
    /// True for a refusal that a repeat of the same request would meet again: by the table where its code stands there, else by its status
    /// (the gateway's own 408, 409, 429 and 5xx pass).
    /// </summary>
    public static bool IsPermanent(Problem problem)
    {
        var row = problem.Extensions?.GetValueOrDefault("siroStatus") is int status && problem.Code != CdnRefused.Code
            ? Of((HttpStatusCode)status, refusedByCdn: false)
            : All.FirstOrDefault(o => o.Code == problem.Code && o.Status == problem.Status);
        return row is null ? problem.Status is not (408 or 409 or 429 or >= 500) : row.Verdict == SiroVerdict.Permanent;
    }

    /// <summary>As the caller gets it.</summary>
    /// <param name="mayHaveBeenDone">Said to the caller where no answer of Siro tells whether the request was done.</param>
    /// <param name="retryAfter">Siro's own Retry-After, where there is one.</param>
    public Problem ToProblem(bool? mayHaveBeenDone = null, TimeSpan? retryAfter = null) => new(Status, Code, Detail)
    {
        RetryAfter = Verdict == SiroVerdict.Wait ? retryAfter ?? DefaultWait : null,
        Extensions = mayHaveBeenDone is { } known
            ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["mayHaveBeenDone"] = known }
            : null,
    };
}
