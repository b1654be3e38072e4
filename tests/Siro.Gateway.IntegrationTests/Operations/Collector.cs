using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>Takes OTLP over HTTP and keeps the bytes: protobuf keeps texts readable, so they can be searched as they are.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Text)> _received = new();

    private Collector(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new Collector(app);
        app.Run(collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    /// <summary>Everything that came for a signal (<c>traces</c>, <c>metrics</c>), as Latin-1.</summary>
    public string Text(string signal) =>
        string.Concat(_received.Where(r => r.Path.EndsWith(signal, StringComparison.Ordinal)).Select(r => r.Text));

    /// <summary>Whether a trace's id came in one of the spans.</summary>
    public int Count(string signal, ReadOnlySpan<byte> bytes)
    {
        var needle = Encoding.Latin1.GetString(bytes);
        return Text(signal).Split(needle).Length - 1;
    }

    /// <summary>The value that a gauge of whole numbers was last sent with; null before it came.</summary>
    public long? Gauge(string name)
    {
        // Metric: name is field 1, gauge field 5; its data points are field 1, of which the value is field 6, eight bytes.
        foreach (var (_, text) in _received.Where(r => r.Path.EndsWith("metrics", StringComparison.Ordinal)).Reverse())
        {
            var at = text.IndexOf($"\n{(char)name.Length}{name}", StringComparison.Ordinal);
            if (at < 0)
            {
                continue;
            }

            var bytes = Encoding.Latin1.GetBytes(text[at..]);
            for (var i = name.Length + 2; i < bytes.Length - 9; i = Next(bytes, i))
            {
                if (bytes[i] == 0x31)
                {
                    return BitConverter.ToInt64(bytes, i + 1);
                }
            }
        }

        return null;
    }

    /// <summary>The field after this one; of a gauge and its data points the first field within.</summary>
    private static int Next(byte[] bytes, int at)
    {
        var (tag, i) = (bytes[at], at + 1);
        switch (tag & 7)
        {
            case 0:
                while (bytes[i++] >= 0x80)
                {
                }

                return i;
            case 1:
                return i + 8;
            case 5:
                return i + 4;
            default:
                var (length, shift) = (0, 0);
                do
                {
                    length |= (bytes[i] & 0x7f) << shift;
                    shift += 7;
                }
                while (bytes[i++] >= 0x80);

                return tag is 0x2a || (tag is 0x0a && bytes[i] is 0x11 or 0x19 or 0x21 or 0x31 or 0x3a) ? i : i + length;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((context.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
        context.Response.ContentType = "application/x-protobuf";
    }
}
