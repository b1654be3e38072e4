using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>One wide line for each call: who, for whom, what operation, how it ended. Never a raw path, a query, a header or a body.</summary>
internal sealed class AuditMiddleware(RequestDelegate next, TimeProvider time, ILogger<AuditMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            await next(context);
            return;
        }

        var started = time.GetTimestamp();
        var sent = new CountingResponseBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
        context.Features.Set<IHttpResponseBodyFeature>(sent);
        var received = context.Request.ContentLength is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true
            ? new CountingStream(context.Request.Body)
            : null;
        if (received is not null)
        {
            context.Request.Body = received;
        }

        try
        {
            await next(context);
        }
        finally
        {
            var endpoint = context.GetEndpoint();
            if (endpoint?.Metadata.GetMetadata<NoAudit>() is null)
            {
                var caller = context.CallerOrNull();
                var line = new AuditLine(
                    caller?.Client.Value,
                    caller?.Organization.Value,
                    caller?.ActingUser?.Value,
                    AuditedOperation.Of(context),
                    context.Response.StatusCode,
                    context.Request.ContentLength ?? received?.Count ?? 0,
                    sent.Count,
                    time.GetElapsedTime(started).TotalMilliseconds,
                    CallTrace.IdOf(context),
                    context.RequestAborted.IsCancellationRequested);
                logger.Log(LogLevel.Information, AuditLine.Event, line, null, AuditLine.Formatter);
            }
        }
    }
}

/// <summary>Marks endpoints that are asked every few seconds by machines and tell nothing of callers (health).</summary>
internal sealed class NoAudit;
