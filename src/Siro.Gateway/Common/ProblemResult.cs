using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Siro.Gateway.Common;

/// <summary>The one place that turns a <see cref="Problem"/> into an answer (RFC 9457).</summary>
internal sealed class ProblemResult(Problem problem) : IResult
{
    /// <summary>Names who refused: present on every error of the gateway's own, absent on Siro's.</summary>
    public const string ErrorHeader = "Siro-Gateway-Error";

    // People read these in a terminal: quotes and angle brackets stay what they are. No browser takes problem+json with nosniff for a page.
    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);

    /// <summary>Writes the problem, unless the answer has begun; then the connection is all that can still be ended.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        // A 405's Allow is part of the answer (RFC 9110, 15.5.6).
        var allow = context.Response.Headers.Allow;
        context.Response.Clear();
        context.Response.Headers.Allow = allow;
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.Headers[ErrorHeader] = problem.Code;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (problem.RetryAfter is { } after)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(after.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Challenge is { } challenge)
        {
            context.Response.Headers.WWWAuthenticate = challenge;
        }

        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["type"] = $"urn:siro-gateway:error:{problem.Code}",
            ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(problem.Status),
            ["status"] = problem.Status,
            ["detail"] = problem.Detail,
            ["code"] = problem.Code,
            ["traceId"] = CallTrace.IdOf(context),
        };
        if (problem.Errors is { } errors)
        {
            body["errors"] = errors;
        }

        foreach (var (name, value) in problem.Extensions ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            body.TryAdd(name, value);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body, Json), context.RequestAborted);
    }
}
