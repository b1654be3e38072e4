using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>One attempt as a subscriber got it.</summary>
internal sealed record Received(string Id, IHeaderDictionary Headers, byte[] Body, long At)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    public System.Text.Json.JsonElement Json => System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(Body);
}

/// <summary>Many subscribers on one Kestrel, each a path with a behaviour of its own.</summary>
internal sealed class Subscribers : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Received>> _received = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<HttpContext, Received, Task>> _behaviours = new(StringComparer.Ordinal);

    private Subscribers(WebApplication app) => _app = app;

    public static async Task<Subscribers> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var subscribers = new Subscribers(app);
        app.Run(subscribers.TakeAsync);
        await app.StartAsync();
        return subscribers;
    }

    public string Url(string name) => new Uri(new Uri(_app.Urls.First()), "/" + name).AbsoluteUri;

    /// <summary>Every attempt that this subscriber got, whatever it answered.</summary>
    public IReadOnlyCollection<Received> At(string name) => _received.GetOrAdd(name, static _ => new());

    /// <summary>What it does with an attempt; unless told, it answers 200.</summary>
    public void Behave(string name, Func<HttpContext, Received, Task> behaviour) => _behaviours[name] = behaviour;

    /// <summary>Answers with this status.</summary>
    public void Answer(string name, int status) => Behave(name, (context, _) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        var at = Stopwatch.GetTimestamp();
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var name = context.Request.Path.Value!.TrimStart('/');
        var headers = new HeaderDictionary(
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase));
        var received = new Received(headers["svix-id"].ToString(), headers, body.ToArray(), at);
        _received.GetOrAdd(name, static _ => new()).Enqueue(received);
        if (_behaviours.TryGetValue(name, out var behaviour))
        {
            await behaviour(context, received);
        }
    }
}
