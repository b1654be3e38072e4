namespace Siro.Gateway.Common;

/// <summary>
/// Renders what was thrown: an <see cref="IProblemException"/> as its problem, a broken request as 400 or 413, anything else as 500
/// <c>internal_error</c> without a stack trace.
/// </summary>
internal sealed partial class ProblemRenderer(ILogger<ProblemRenderer> logger)
{
    /// <summary>400 <c>bad_request</c> for a body that ends early or is framed wrongly.</summary>
    public static readonly Problem UnreadableBody = new(
        400, "bad_request", "The request's body could not be read: it is malformed or was cut off. Send it again.");

    /// <summary>False for what nobody can be told any more: an answer that has begun breaks off.</summary>
    public static bool Renders(HttpContext context, Exception thrown) =>
        thrown is IProblemException or BadHttpRequestException || HasGone(context, thrown) || !context.Response.HasStarted;

    public Task RenderAsync(HttpContext context, Exception thrown)
    {
        switch (thrown)
        {
            case OperationCanceledException when HasGone(context, thrown):
                // 499 is for the audit line alone (nginx's convention).
                if (!context.Response.HasStarted)
                {
                    context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                }

                return Task.CompletedTask;
            case IProblemException e:
                return ProblemResult.WriteAsync(context, e.Problem);
            case BadHttpRequestException e:
                // The server's own words are for its developers: they name its limits and classes.
                return ProblemResult.WriteAsync(context, e.StatusCode switch
                {
                    StatusCodes.Status413PayloadTooLarge =>
                        new Problem(413, "body_too_large", "The request's body is larger than this operation takes."),
                    StatusCodes.Status408RequestTimeout =>
                        new Problem(408, "request_timeout", "The request's body arrived too slowly, or stopped arriving. Send it again."),
                    _ => UnreadableBody,
                });
            default:
                using (CallTrace.Enter(context))
                {
                    Log.Failed(logger, thrown, context.GetEndpoint()?.DisplayName);
                }

                return ProblemResult.WriteAsync(
                    context, new Problem(500, "internal_error", "The gateway failed. Find the reason in its log by the trace id."));
        }
    }

    /// <summary>True for a status that the framework set without a body. What Siro answered stays as it is, an empty body too.</summary>
    public static bool IsBare(HttpContext context) =>
        context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null }
            && !CallNotes.Of(context).AnsweredBySiro;

    /// <summary>A status that the framework set without a body (404 of routing, 405, 415) gets one too.</summary>
    public static Task WriteBareStatusAsync(HttpContext context)
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

    private static bool HasGone(HttpContext context, Exception thrown) =>
        thrown is OperationCanceledException && context.RequestAborted.IsCancellationRequested;

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Error, "Unhandled failure at {Endpoint}")]
        public static partial void Failed(ILogger logger, Exception exception, string? endpoint);
    }
}
