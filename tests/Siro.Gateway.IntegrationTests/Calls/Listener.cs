using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>A web server that notes what it is asked, and serves audio unless it is told to behave otherwise.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<HeaderDictionary> _requests = [];

    private Listener(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>What it does with a request; null serves the audio.</summary>
    public Func<HttpContext, Task>? Behaviour { get; set; }

    /// <summary>The headers of every request so far.</summary>
    public IReadOnlyList<HeaderDictionary> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Listens there, on a port of the system's choice.</summary>
    public static async Task<Listener> StartAsync(string address)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address}:0");
        var app = builder.Build();
        var listener = new Listener(app);
        app.Run(context =>
        {
            lock (listener._requests)
            {
                listener._requests.Add(
                    new HeaderDictionary(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase)));
            }

            if (listener.Behaviour is { } behaviour)
            {
                return behaviour(context);
            }

            context.Response.ContentType = "audio/mpeg";
            return context.Response.Body.WriteAsync(CallWords.Audio).AsTask();
        });
        await app.StartAsync();
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
