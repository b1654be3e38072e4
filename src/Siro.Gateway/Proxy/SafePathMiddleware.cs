using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Refuses unsafe request targets before routing: 400 <c>invalid_path</c>, for every path of the gateway. Likewise framings that two
/// servers may read in two ways and the server lets through: <c>chunked</c> more than once, or anything beside it (RFC 9112, 6.1 and 7);
/// the connection ends with them.
/// </summary>
internal sealed class SafePathMiddleware(RequestDelegate next)
{
    private static readonly Problem Framing = new(400, "bad_request", "Transfer-Encoding must be 'chunked', once and alone.");

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.TransferEncoding is { Count: > 0 } coding
            && (coding.Count > 1 || !string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.OnStarting(AnnounceEndAsync, context);
            return ProblemResult.WriteAsync(context, Framing);
        }

        return RequestTarget.Fault(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) is { } fault
            ? ProblemResult.WriteAsync(context, new Problem(400, "invalid_path", $"The request target {fault}."))
            : next(context);
    }

    private static Task AnnounceEndAsync(object context)
    {
        ((HttpContext)context).Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
