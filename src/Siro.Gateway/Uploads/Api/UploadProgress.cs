using System.Text;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Jobs;

namespace Siro.Gateway.Uploads.Api;

/// <summary>
/// <c>GET /v1/uploads/{id}/progress</c>: server-sent events. An event <c>progress</c> with the upload as data at each change, the first at
/// once; the last one is called <c>end</c>, and then the stream ends.
/// </summary>
internal sealed class UploadProgress(UploadEndpoints uploads, TimeProvider time)
{
    /// <summary>Most streams of this process at a time.</summary>
    private const int MaxStreams = 200;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>A client reconnects; a stream that nobody reads any more does not stay for ever.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private int _streams;

    public async Task HandleAsync(HttpContext context, string id)
    {
        if (Interlocked.Increment(ref _streams) > MaxStreams)
        {
            Interlocked.Decrement(ref _streams);
            throw new ProblemException(new Problem(503, "too_many_streams",
                "Too many event streams are open. Read the upload itself, or try again later.") { RetryAfter = TimeSpan.FromSeconds(10) });
        }

        try
        {
            await StreamAsync(context, id, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task StreamAsync(HttpContext context, string id, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var upload = await uploads.FindAsync(caller, id, cancellationToken) ?? throw new ProblemException(UploadProblems.NotFound);
        var stream = new ServerSentEvents(context.Response);
        await stream.StartAsync(cancellationToken);
        var (begun, written, last) = (time.GetTimestamp(), time.GetTimestamp(), "");
        while (time.GetElapsedTime(begun) < Longest)
        {
            var data = JsonSerializer.Serialize(uploads.View(upload), JsonSerializerOptions.Web);
            var ended = UploadState.IsEnd(upload.State);
            if (data != last)
            {
                await stream.WriteAsync(ended ? "end" : "progress", id: null, Encoding.UTF8.GetBytes(data), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                (last, written) = (data, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(written) > KeepAlive)
            {
                await stream.KeepAliveAsync(cancellationToken);
                written = time.GetTimestamp();
            }

            if (ended)
            {
                return;
            }

            await Task.Delay(PollInterval, time, cancellationToken);
            if (await uploads.FindAsync(caller, id, cancellationToken) is not { } now)
            {
                return;
            }

            upload = now;
        }
    }
}
