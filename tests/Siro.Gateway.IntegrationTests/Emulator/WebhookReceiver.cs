using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>Takes webhooks and answers what it is told to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivery> _received = new();
    private int _refusals;

    private WebhookReceiver(WebApplication app) => _app = app;

    public Uri Url => new(new Uri(_app.Urls.First()), "/hook");

    public IReadOnlyCollection<Delivery> Received => _received;

    public static async Task<WebhookReceiver> StartAsync(int refusals = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app) { _refusals = refusals };
        app.Run(receiver.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            http.Response.StatusCode = 500;
            return;
        }

        _received.Enqueue(new Delivery(http.Request.Headers["svix-id"]!, http.Request.Headers["svix-timestamp"]!,
            http.Request.Headers["svix-signature"]!, body.ToArray()));
    }

    internal sealed record Delivery(string Id, string Timestamp, string Signature, byte[] Body);
}
