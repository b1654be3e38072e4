using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Proxy;

/// <summary>Refuses unsafe request targets before routing: 400 <c>invalid_path</c>, for every path of the gateway.</summary>
internal sealed class SafePathMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        RequestTarget.Fault(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) is { } fault
            ? ProblemResult.WriteAsync(context, new Problem(400, "invalid_path", $"The request target {fault}."))
            : next(context);
}
