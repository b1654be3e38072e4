using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>
/// Stands around every call: renders what was thrown, tells those who count calls, and writes one wide line: who, for whom, what operation,
/// how it ended. Never a raw path, a query, a header or a body. One layer for the three, because each would be a state machine per call.
/// </summary>
internal sealed class AuditMiddleware(
    RequestDelegate next, TimeProvider time, ILogger<AuditMiddleware> logger, ProblemRenderer problems,
    IEnumerable<ICallObserver> observers)
{
    private readonly ICallObserver[] _observers = [.. observers];

    public async Task InvokeAsync(HttpContext context)
    {
        var notes = CallNotes.Of(context);
        var started = time.GetTimestamp();
        CountingResponseBody? sent = null;
        CountingStream? received = null;
        if (logger.IsEnabled(LogLevel.Information))
        {
            context.Features.Set<IHttpResponseBodyFeature>(
                sent = new CountingResponseBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
            if (context.Request.ContentLength is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true)
            {
                context.Request.Body = received = new CountingStream(context.Request.Body);
            }
        }

        try
        {
            try
            {
                await next(context);
            }
            catch (Exception e) when (ProblemRenderer.Renders(context, e))
            {
                await problems.RenderAsync(context, e);
            }

            if (ProblemRenderer.IsBare(context))
            {
                await ProblemRenderer.WriteBareStatusAsync(context);
            }
        }
        finally
        {
            foreach (var observer in _observers)
            {
                observer.Ended(context, notes);
            }

            if (sent is not null)
            {
                Write(context, notes, context.Request.ContentLength ?? received?.Count ?? 0, sent.Count, time.GetElapsedTime(started));
            }
        }
    }

    private void Write(HttpContext context, CallNotes notes, long received, long sent, TimeSpan took)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<NoAudit>() is not null)
        {
            return;
        }

        var caller = notes.Caller as Caller;
        var line = new AuditLine(
            caller?.Client.Value,
            caller?.Organization.Value,
            caller?.ActingUser?.Value,
            notes.Operation ?? AuditedOperation.Of(context),
            context.Response.StatusCode,
            received,
            sent,
            took.TotalMilliseconds,
            CallTrace.IdOf(context),
            context.RequestAborted.IsCancellationRequested,
            AuditedPerson.Of(context));
        logger.Log(LogLevel.Information, AuditLine.Event, line, null, AuditLine.Formatter);
    }
}

/// <summary>Marks endpoints that are asked every few seconds by machines and tell nothing of callers (health).</summary>
internal sealed class NoAudit;
