using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.BrowserTests.Infrastructure;

/// <summary>An endpoint that takes deliveries, or fails, as it is told.</summary>
public sealed class Subscriber : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _taken;
    private volatile Dictionary<string, string>? _headers;

    private Subscriber(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>What it answers with.</summary>
    public int Status { get; set; } = 204;

    /// <summary>When to come back, in seconds; null: it does not say.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>The body of its answer.</summary>
    public string Answer
    {
        set => AnswerBytes = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>The same as bytes, whatever they are.</summary>
    public byte[] AnswerBytes { get; set; } = [];

    /// <summary>It answers nobody before this has ended.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    /// <summary>Deliveries that it answered with 2xx.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>A header of the request that came last, or null.</summary>
    public string? Header(string name) => _headers?.GetValueOrDefault(name);

    public static async Task<Subscriber> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var subscriber = new Subscriber(app);
        app.Run(async context =>
        {
            subscriber._headers = context.Request.Headers.ToDictionary(
                h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            await subscriber.Until.WaitAsync(context.RequestAborted);
            context.Response.StatusCode = subscriber.Status;
            if (subscriber.RetryAfter is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            if (subscriber.Status < 300)
            {
                Interlocked.Increment(ref subscriber._taken);
            }

            if (subscriber.AnswerBytes.Length > 0)
            {
                await context.Response.Body.WriteAsync(subscriber.AnswerBytes);
            }
        });
        await app.StartAsync();
        subscriber.Address = new Uri(app.Urls.First());
        return subscriber;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
