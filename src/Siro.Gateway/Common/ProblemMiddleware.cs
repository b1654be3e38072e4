namespace Siro.Gateway.Common;

/// <summary>
/// Renders what was thrown: an <see cref="IProblemException"/> as its problem, a broken request as 400 or 413, anything else as 500
/// <c>internal_error</c> without a stack trace.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    /// <summary>400 <c>bad_request</c> for a body that ends early or is framed wrongly.</summary>
    public static readonly Problem UnreadableBody = new(400, "bad_request", "The request's body could not be read: it is malformed or was cut off. Send it again.");

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; 499 is for the audit line alone (nginx's convention).
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (Exception e) when (e is IProblemException)
        {
            await ProblemResult.WriteAsync(context, ((IProblemException)e).Problem);
        }
        catch (BadHttpRequestException e)
        {
            // The server's own words are for its developers: they name its limits and classes.
            await ProblemResult.WriteAsync(context, e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => new Problem(413, "body_too_large", "The request's body is larger than this operation takes."),
                StatusCodes.Status408RequestTimeout => new Problem(408, "request_timeout", "The request's body arrived too slowly, or stopped arriving. Send it again."),
                _ => UnreadableBody,
            });
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            using (CallTrace.Enter(context))
            {
                Log.Failed(logger, e, context.GetEndpoint()?.DisplayName);
            }

            await ProblemResult.WriteAsync(context, new Problem(500, "internal_error", "The gateway failed. Find the reason in its log by the trace id."));
        }

        // What Siro answered stays as it is, an empty body too.
        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null }
            && context.Features.Get<AnsweredBySiro>() is null)
        {
            await WriteBareStatusAsync(context);
        }
    }

    /// <summary>A status that the framework set without a body (404 of routing, 405, 415) gets one too.</summary>
    private static Task WriteBareStatusAsync(HttpContext context)
    {
        var problem = context.Response.StatusCode switch
        {
            400 => new Problem(400, "bad_request", "The request could not be read."),
            401 => new Problem(401, "unauthenticated", "Send a bearer token or an X-Api-Key.") { Challenge = "Bearer" },
            403 => new Problem(403, "forbidden", "This client may not do that."),
            404 => new Problem(404, "not_found", "There is nothing at this path."),
            408 => new Problem(408, "request_timeout", "The request arrived too slowly. Send it again."),
            405 => new Problem(405, "method_not_allowed", "This path does not take that method."),
            413 => new Problem(413, "body_too_large", "The request's body is larger than this operation takes."),
            415 => new Problem(415, "unsupported_media_type", "This operation does not take that Content-Type."),
            499 => null,
            var status => new Problem(status, $"http_{status}", "The request was refused."),
        };
        return problem is null ? Task.CompletedTask : ProblemResult.WriteAsync(context, problem);
    }

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Error, "Unhandled failure at {Endpoint}")]
        public static partial void Failed(ILogger logger, Exception exception, string? endpoint);
    }
}
