using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Lets a refusal reach a caller that is still sending. A server that answers and closes while bytes arrive resets the connection, and
/// Node, .NET and Python's urllib then report a broken pipe in place of the answer. Here the answer goes out, what still arrives is read
/// and thrown away within <see cref="RefusalOptions"/>, and only then the connection ends (RFC 9112, 9.6). The answer says so, or a
/// client would send its next request on a connection that is about to end. Outermost, so that it holds for everything that refuses.
/// </summary>
internal sealed class UnreadBodyMiddleware(RequestDelegate next, ISettings<RefusalOptions> settings, TimeProvider time)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>So much of a body has as good as arrived: after it the connection can go on.</summary>
    private const int Arrived = 64 * 1024;

    /// <summary>A caller that has stopped sending has its answer: its connection is not kept for the rest of the time.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    // An HTTP/2 stream is reset alone, and its answer stays readable.
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true
        && context.Request.Protocol.StartsWith("HTTP/1", StringComparison.OrdinalIgnoreCase)
        && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel
            ? WatchAsync(context, kestrel)
            : next(context);

    private async Task WatchAsync(HttpContext context, IHttpMaxRequestBodySizeFeature kestrel)
    {
        var body = context.Request.Body;
        var limit = new BodyLimit(body, context.Request.ContentLength, kestrel.MaxRequestBodySize);
        kestrel.MaxRequestBodySize = null;
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(limit);
        context.Request.Body = limit;
        if (IsOpen(context.Request, limit))
        {
            context.Response.OnStarting(AnnounceEndAsync, (context, limit));
        }

        await next(context);
        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest && !context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.CompleteAsync();
            await ThrowAwayAsync(body, context.RequestAborted);
        }
    }

    /// <summary>A small body is never open, and needs none of this: what is unread only falls.</summary>
    private static Task AnnounceEndAsync(object state)
    {
        var (context, limit) = ((HttpContext, BodyLimit))state;
        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest && IsOpen(context.Request, limit))
        {
            context.Response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Whether the body may still be on its way, or never come: who asked whether to send it (RFC 9110, 10.1.1) and was refused may leave
    /// it out, and what follows would be taken for it.
    /// </summary>
    private static bool IsOpen(HttpRequest request, BodyLimit body) =>
        body.Unread > Arrived || (body.Unread > 0 && request.Headers.Expect.Count > 0);

    private async Task ThrowAwayAsync(Stream body, CancellationToken aborted)
    {
        var options = settings.Current;
        using var limit = new CancellationTokenSource(options.DrainTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        using var idle = new IdleTimeout(Quiet, time, both.Token);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var left = options.DrainBytes;
            int read;
            while (left > 0 && (read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, BufferBytes)), idle.Token)) > 0)
            {
                idle.Restart();
                left -= read;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller has left, sent nonsense, stopped sending, or took too long. It has its answer; nobody else waits for these bytes.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
