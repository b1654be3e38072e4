using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>Siro's answer to a step, read whole but bounded.</summary>
internal sealed record StepAnswer(HttpStatusCode Status, JsonElement? Body, TimeSpan? RetryAfter, bool RefusedByCdn)
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>True when the work was done.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Reads the answer; a body that is no JSON, or too long, is left out.</summary>
    public static async Task<StepAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var bytes = await BoundedBody.ReadAsync(response.Content, MaxBytes, cancellationToken);
        JsonElement? body = null;
        if (bytes.Length > 0)
        {
            try
            {
                using var document = JsonDocument.Parse(JsonText.Readable(bytes), new JsonDocumentOptions { MaxDepth = 32 });
                body = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                body = null; // The status alone decides; a page in place of JSON says nothing more.
            }
        }

        return new StepAnswer(response.StatusCode, body, Common.RetryAfter.Of(response, time), CdnRefusal.Is(response));
    }

    /// <summary>A member of <c>data</c>, or of the body itself where there is no <c>data</c>; or null.</summary>
    public string? Data(string name) => Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>The same, of any type.</summary>
    public JsonElement? Member(string name)
    {
        if (Body is not { ValueKind: JsonValueKind.Object } body)
        {
            return null;
        }

        // Siro publishes no answer for its v2 contract: it may come without the envelope of the others.
        var holder = body.TryGetProperty("data", out var data) ? data : body;
        return holder.ValueKind is JsonValueKind.Object && holder.TryGetProperty(name, out var value) ? value : null;
    }

    /// <summary>What a refusal means where sending the same again is harmless, or is not.</summary>
    public StepFailure Failure(string step, bool repeatable = true)
    {
        var outcome = SiroOutcome.Of(Status, RefusedByCdn);
        if (outcome == SiroOutcome.NotFound)
        {
            // Siro's own words are about something that the step names; without them the path itself is unknown.
            outcome = Body is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("error", out _)
                ? SiroOutcome.Rejected
                : SiroOutcome.Incomplete;
        }

        return StepFailure.Of(outcome, $"did not take {step} (status {(int)Status})", repeatable) with
        {
            Upstream = (int)Status,
            Siro = outcome.Verdict == SiroVerdict.Permanent && outcome != SiroOutcome.CdnRefused ? Body : null,
            RetryAfter = RetryAfter,
        };
    }
}

/// <summary>Reads an answer's body up to a limit.</summary>
internal static class BoundedBody
{
    /// <summary>The body; empty when it is longer than the limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > limit)
        {
            return default;
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > limit)
            {
                return default;
            }
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
