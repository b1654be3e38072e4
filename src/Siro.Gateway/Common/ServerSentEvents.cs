using System.Text;

namespace Siro.Gateway.Common;

/// <summary>
/// Writes <c>text/event-stream</c> (WHATWG HTML, "Server-sent events"). The framework's <c>TypedResults.ServerSentEvents</c> has no comment
/// lines, which keep a quiet stream alive through proxies, and takes text where the log has bytes.
/// </summary>
internal sealed class ServerSentEvents(HttpResponse response)
{
    private static readonly ReadOnlyMemory<byte> End = "\n\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Comment = ":\n\n"u8.ToArray();

    /// <summary>Sends the head, so that the reader knows that the stream has begun.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // nginx would keep events back until its buffer is full.
        response.Headers["X-Accel-Buffering"] = "no";
        return response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Writes one event; it goes out with the next flush. The data is one line, such as JSON without indentation.</summary>
    public async Task WriteAsync(string name, string? id, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // A name or an id is a line of its own: its text must not become two.
        var head = id is null ? $"event: {OneLine(name)}\ndata: " : $"id: {OneLine(id)}\nevent: {OneLine(name)}\ndata: ";
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(head), cancellationToken);
        await response.Body.WriteAsync(data, cancellationToken);
        await response.Body.WriteAsync(End, cancellationToken);
    }

    /// <summary>A comment, which readers skip: it shows both ends that the connection is alive.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(Comment, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends what was written.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => response.Body.FlushAsync(cancellationToken);

    private static string OneLine(string text) => text.Any(char.IsControl) ? new string([.. text.Where(c => !char.IsControl(c))]) : text;
}
