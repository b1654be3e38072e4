using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Siro.Emulator.Webhooks;

namespace Siro.Sandbox.Subscribers;

/// <summary>An event as a subscriber got it.</summary>
/// <param name="Verified">Both sets of signature headers fit the secret.</param>
internal sealed record ReceivedEvent(string Subscriber, string Id, string EventType, string? RecordingId, bool Verified, DateTimeOffset At);

/// <summary>One of the company's applications: takes events and checks their signatures the way Siro's guide does.</summary>
internal sealed class SampleSubscriber : IAsyncDisposable
{
    private const int MaxBody = 1024 * 1024;
    private readonly WebApplication _app;
    private readonly string _secret;
    private readonly ConcurrentQueue<ReceivedEvent> _received = new();

    private SampleSubscriber(string name, string secret)
    {
        Name = name;
        _secret = secret;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Name { get; }

    public Uri Url => new(new Uri(_app.Urls.First()), $"/{Name}");

    /// <summary>Verified or not, in order of arrival.</summary>
    public IReadOnlyCollection<ReceivedEvent> Received => _received;

    /// <summary>Called for each event as it arrives.</summary>
    public event Action<ReceivedEvent>? Arrived;

    public static async Task<SampleSubscriber> StartAsync(string name, string secret, CancellationToken cancel)
    {
        var subscriber = new SampleSubscriber(name, secret);
        await subscriber._app.StartAsync(cancel);
        return subscriber;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var body = buffer.ToArray();
        var verified = Verifies(http.Request.Headers, "svix", body) && Verifies(http.Request.Headers, "webhook", body);
        var (type, recording) = Read(body);
        var received = new ReceivedEvent(
            Name, http.Request.Headers["svix-id"].ToString(), type, recording, verified, TimeProvider.System.GetUtcNow());
        _received.Enqueue(received);
        Arrived?.Invoke(received);
        http.Response.StatusCode = verified ? StatusCodes.Status204NoContent : StatusCodes.Status400BadRequest;
    }

    private bool Verifies(IHeaderDictionary headers, string prefix, byte[] body) =>
        headers.TryGetValue($"{prefix}-id", out var id) && headers.TryGetValue($"{prefix}-timestamp", out var timestamp)
            && headers.TryGetValue($"{prefix}-signature", out var signature)
        && SvixSignature.Verify(_secret, id!, timestamp!, body, signature!);

    private static (string Type, string? Recording) Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return (json.RootElement.GetProperty("eventType").GetString() ?? "", json.RootElement.TryGetProperty("recordingId", out var id)
                ? id.GetString()
                : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("(not an event)", null);
        }
    }
}
