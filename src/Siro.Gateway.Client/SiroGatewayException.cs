using System.Net;
using System.Text.Json;

namespace Siro.Gateway.Client;

/// <summary>
/// The gateway refused a call (RFC 9457 problem+json under the header <c>Siro-Gateway-Error</c>). <see cref="Code"/> is stable: compare
/// it with <see cref="SiroGatewayErrorCodes"/>. An error of Siro's own comes as <see cref="SiroApiException"/>.
/// </summary>
public sealed class SiroGatewayException : Exception
{
    internal SiroGatewayException(
        HttpStatusCode status,
        string code,
        string message,
        string? traceId,
        TimeSpan? retryAfter,
        IReadOnlyList<SiroGatewayFieldError> errors,
        JsonElement body)
        : base(message)
    {
        Status = status;
        Code = code;
        TraceId = traceId;
        RetryAfter = retryAfter;
        Errors = errors;
        Body = body;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What is wrong, as one of <see cref="SiroGatewayErrorCodes"/>.</summary>
    public string Code { get; }

    /// <summary>Finds the call in the gateway's log.</summary>
    public string? TraceId { get; }

    /// <summary>When to try again, where the gateway says so.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Each field at fault; empty where the code says it all.</summary>
    public IReadOnlyList<SiroGatewayFieldError> Errors { get; }

    /// <summary>
    /// The whole problem, for members that only some codes have (<c>permission</c>, <c>uploadId</c>, <c>issues</c>, <c>siroError</c>).
    /// </summary>
    public JsonElement Body { get; }

    /// <summary>The same call may succeed later: 429, 503 and 504. Nothing was done at Siro for 429 and 503.</summary>
    public bool IsTransient => (int)Status is 429 or 503 or 504;
}

/// <summary>One field at fault.</summary>
/// <param name="Field">The field, query parameter or path in the body.</param>
/// <param name="Code">What is wrong with it.</param>
/// <param name="Message">The same for people.</param>
public sealed record SiroGatewayFieldError(string Field, string Code, string Message);

/// <summary>Siro itself answered a proxied call with an error; the gateway passed it on as it was.</summary>
public sealed class SiroApiException : Exception
{
    internal SiroApiException(HttpStatusCode status, string body)
        : base($"Siro answered {(int)status}: {(body.Length > 200 ? body[..200] + "..." : body)}")
    {
        Status = status;
        Body = body;
    }

    /// <summary>Siro's status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>Siro's answer, the first 64 KiB of it.</summary>
    public string Body { get; }
}
