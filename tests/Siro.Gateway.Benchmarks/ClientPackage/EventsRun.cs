using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Siro.Gateway.Client.Receiving;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ClientPackage;

/// <summary>
/// Deliveries a second at <c>MapSiroEvents</c>, and at an endpoint that does the same without verification: reads, parses, remembers the
/// id, handles.
/// </summary>
internal sealed class EventsRun(int rounds, IAnsiConsole console)
{
    private const int Events = 20_000;
    private const int Connections = 16;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();
    private long _handled;
    private int _number;

    public async Task RunAsync()
    {
        await using var server = await Servers.StartAsync(
            services => services.AddSiroEvents(options => options.Secrets.Add("whsec_" + Convert.ToBase64String(Key))),
            app =>
            {
                app.MapSiroEvents("/verified", (delivery, _) => HandleAsync(delivery.Event.RecordingId));
                app.MapPost("/bare", (RequestDelegate)BareAsync);
            });
        var address = new Uri(server.Urls.First());
        await TurnAsync(address, "/verified"); // warm-up
        await TurnAsync(address, "/bare");
        var (verified, bare) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // Who goes first alternates: a machine that slows down within a round favours nobody.
            if (round % 2 == 0)
            {
                verified.Add(await TurnAsync(address, "/verified"));
                bare.Add(await TurnAsync(address, "/bare"));
            }
            else
            {
                bare.Add(await TurnAsync(address, "/bare"));
                verified.Add(await TurnAsync(address, "/verified"));
            }
        }

        console.MarkupLineInterpolated(
            $"Deliveries, {Connections} connections, medians of {rounds}: MapSiroEvents [bold]{Median.Of(verified):N0}/s[/], the same without verification {Median.Of(bare):N0}/s, ratio [bold]{Median.Of(verified.Zip(bare, (one, other) => one / other)):N2}[/] ({_handled:N0} events handled).");
    }

    private Task HandleAsync(string? recordingId)
    {
        if (recordingId is not null)
        {
            Interlocked.Increment(ref _handled);
        }

        return Task.CompletedTask;
    }

    private async Task BareAsync(HttpContext context)
    {
        var id = context.Request.Headers["webhook-id"].ToString();
        var length = (int)context.Request.ContentLength!.Value;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await context.Request.Body.ReadExactlyAsync(buffer.AsMemory(0, length), context.RequestAborted);
            var payload = Parse(buffer.AsSpan(0, length));
            var body = payload.Deserialize(BareJson.Default.BareEvent)!;
            if (_seen.TryAdd(id, false))
            {
                await HandleAsync(body.RecordingId);
                _seen[id] = true;
                _order.Enqueue(id);
                if (_order.Count > 100_000 && _order.TryDequeue(out var oldest))
                {
                    _seen.TryRemove(oldest, out _);
                }
            }

            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>Every delivery is signed beforehand: the sender's work is the same for both, and outside of the measured time.</summary>
    private async Task<double> TurnAsync(Uri address, string path)
    {
        var requests = new ConcurrentQueue<byte[]>(Enumerable.Range(0, Events).Select(_ => Request(address, path)));
        var result = await RawLoad.RunAsync(address, () => requests.TryDequeue(out var next) ? next : null, Connections, Bound);
        return result.Errors == 0 && result.Requests == Events
            ? result.PerSecond
            : throw new BenchmarkException($"{result.Errors} of {Events} deliveries were not acknowledged.");
    }

    private byte[] Request(Uri address, string path)
    {
        var number = (++_number).ToString("D9", CultureInfo.InvariantCulture);
        var (id, timestamp) = ("evt_" + number, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var body =
            $$$"""{"eventType":"recording.ready","recordingId":"rec_{{{number}}}","siroUserId":"usr_1","recordingProcessed":true,"recordingLinked":true,"source":"webhook","crm":{"integrationConnectionId":"con_1","users":[{"id":"usr_1","externalId":"005"}],"engagement":{"id":"eng_1","externalId":"00U"},"contacts":[]}}""";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
        return Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n"
            + $"webhook-id: {id}\r\nwebhook-timestamp: {timestamp}\r\nwebhook-signature: v1,{signature}\r\n\r\n{body}");
    }
}

internal sealed record BareEvent(
    string? EventType, string? RecordingId, string? SiroUserId, bool? RecordingProcessed, bool? RecordingLinked, string? Source,
    BareCrm? Crm);

internal sealed record BareCrm(
    string? IntegrationConnectionId, IReadOnlyList<BareLink>? Users, BareLink? Engagement, IReadOnlyList<BareLink>? Contacts);

internal sealed record BareLink(string? Id, string? ExternalId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BareEvent))]
internal sealed partial class BareJson : JsonSerializerContext;
