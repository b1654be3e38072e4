using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Client.Receiving;

namespace Siro.Gateway.HostingTests.Inboxes;

/// <summary>An application that takes events with one of the sample inboxes, and signed deliveries for it.</summary>
internal sealed class InboxApplication : IAsyncDisposable
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private InboxApplication(WebApplication app)
    {
        _app = app;
        _http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public static async Task<InboxApplication> StartAsync(
        Action<IServiceCollection> inbox, Func<SiroEventContext, CancellationToken, Task> handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddLogging().AddRoutingCore();
        builder.Services.AddSiroEvents(options => options.Secrets.Add("whsec_" + Convert.ToBase64String(Key)));
        inbox(builder.Services);
        var app = builder.Build();
        app.UseRouting();
        app.MapSiroEvents("/siro", handle);
        await app.StartAsync();
        return new InboxApplication(app);
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Delivers an event about a recording as the gateway does.</summary>
    public async Task<HttpStatusCode> DeliverAsync(string eventId, string recordingId)
    {
        var body = $$"""{"eventType":"recording.ready","recordingId":"{{recordingId}}","recordingProcessed":true,"recordingLinked":true}""";
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{eventId}.{timestamp}.{body}")));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/siro");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("webhook-id", eventId);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + signature);
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
