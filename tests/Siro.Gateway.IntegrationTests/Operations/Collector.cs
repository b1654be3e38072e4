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
    public string Text(string signal) => string.Concat(_received.Where(r => r.Path.EndsWith(signal, StringComparison.Ordinal)).Select(r => r.Text));

    /// <summary>Whether a trace's id came in one of the spans.</summary>
    public int Count(string signal, ReadOnlySpan<byte> bytes)
    {
        var needle = Encoding.Latin1.GetString(bytes);
        return Text(signal).Split(needle).Length - 1;
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
