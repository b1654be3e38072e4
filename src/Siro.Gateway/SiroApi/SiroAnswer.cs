using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>Reads Siro's answers for features: bounded, and every failure as a problem with one stable code per cause.</summary>
public static class SiroAnswer
{
    /// <summary>The most that is read of one JSON answer unless a feature says otherwise: 16 MiB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Sends a request and reads its JSON. Throws <see cref="ProblemException"/> for every answer that is no 2xx (see
    /// <see cref="ToProblemAsync(HttpResponseMessage, TimeProvider, CancellationToken)"/>)
    /// and for a Siro that can't be reached (502 <c>siro_unreachable</c>), breaks off (502 <c>siro_broken_answer</c>), does not
    /// answer in time (504 <c>siro_timeout</c>) or answers with something else than JSON (502 <c>siro_answer_unreadable</c>).
    /// </summary>
    public static async Task<JsonDocument> ReadAsync(this SiroClient siro, SiroRequest request, HttpMethod method, string path,
        HttpContent? content, CancellationToken cancellationToken)
    {
        try
        {
            return await siro.AskAsync(
                request, method, path, content, (response, token) => JsonOfAsync(siro, request, response, token), cancellationToken);
        }
        catch (HttpRequestException e)
        {
            var outcome = SiroOutcome.Of(e);
            throw new ProblemException(outcome.ToProblem(mayHaveBeenDone: outcome != SiroOutcome.Unreachable), e);
        }
        catch (IOException e)
        {
            throw new ProblemException(SiroOutcome.BrokenAnswer.ToProblem(mayHaveBeenDone: true), e);
        }
    }

    private static async Task<JsonDocument> JsonOfAsync(
        SiroClient siro, SiroRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new ProblemException(await ToProblemAsync(response, siro.Time,
                body => siro.Contracts.Compare(request, (int)response.StatusCode, body), cancellationToken));
        }

        var answer = await ReadJsonAsync(response, MaxBytes, cancellationToken);
        siro.Contracts.Compare(request, (int)response.StatusCode, answer?.RootElement);
        return answer
            ?? throw new ProblemException(SiroOutcome.UnreadableAnswer.ToProblem());
    }

    /// <summary>The answer's JSON, or null when it is none or longer than <paramref name="maxBytes"/>.</summary>
    public static async Task<JsonDocument?> ReadJsonAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > maxBytes)
        {
            return null;
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(maxBytes, cancellationToken);
            return JsonDocument.Parse(JsonText.Readable(await response.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (JsonException)
        {
            return null;
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return null;
        }
    }

    /// <summary>
    /// What a caller is told of Siro's refusal: 404 <c>siro_not_found</c>, 403 <c>siro_forbidden</c>, 422 <c>siro_rejected</c> with Siro's
    /// own <c>issues</c>, 429 <c>siro_throttled</c>, 502 <c>siro_unauthorized</c>, <c>siro_cdn_refused</c>, <c>siro_error</c>. Each carries
    /// <c>siroStatus</c> and, where Siro gave one, <c>siroError</c>.
    /// </summary>
    public static Task<Problem> ToProblemAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken) =>
        ToProblemAsync(response, time, static _ => { }, cancellationToken);

    /// <param name="look">Gets the body's JSON, where there is any and it is Siro's.</param>
    private static async Task<Problem> ToProblemAsync(
        HttpResponseMessage response, TimeProvider time, Action<JsonElement?> look, CancellationToken cancellationToken)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["siroStatus"] = (int)response.StatusCode };
        var outcome = SiroOutcome.Of(response);
        if (outcome == SiroOutcome.CdnRefused)
        {
            return outcome.ToProblem() with { Extensions = extensions };
        }

        using (var body = await ReadJsonAsync(response, 256 * 1024, cancellationToken))
        {
            look(body?.RootElement);
            if (body?.RootElement is { ValueKind: JsonValueKind.Object } root)
            {
                foreach (var (ours, theirs) in new[] { ("siroError", "error"), ("siroError", "message"), ("issues", "issues") })
                {
                    if (root.TryGetProperty(theirs, out var value))
                    {
                        extensions.TryAdd(ours, value.Clone());
                    }
                }
            }
        }

        return outcome.ToProblem(retryAfter: Common.RetryAfter.Of(response, time)) with { Extensions = extensions };
    }
}
