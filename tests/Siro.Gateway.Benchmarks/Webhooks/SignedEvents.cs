using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>Siro's events, each with its own id and recording, signed as Svix signs.</summary>
internal sealed class SignedEvents(Uri gateway)
{
    public const string Secret = "whsec_YmVuY2htYXJrLXNlY3JldC0wMTIzNDU2Nzg5YWJjZGVm";

    private static readonly byte[] Key = Convert.FromBase64String(Secret["whsec_".Length..]);

    private const string FirstKind = "integrations.recordingProcessed";

    private int _last;

    /// <summary>The whole request as bytes.</summary>
    public byte[] NextRequest() => NextRequestOf(FirstKind);

    /// <summary>The same of another type.</summary>
    public byte[] NextRequestOf(string type)
    {
        var (id, timestamp, signature, body) = Next(type);
        return Encoding.ASCII.GetBytes(
            $"POST /v1/webhooks/siro/{GatewaySettings.Organization} HTTP/1.1\r\nHost: {gateway.Authority}\r\nContent-Type: "
                + $"application/json\r\nContent-Length: {body.Length}\r\n"
            + $"svix-id: {id}\r\nsvix-timestamp: {timestamp}\r\nsvix-signature: {signature}\r\n\r\n{body}");
    }

    /// <summary>One event: its first kind, processed and not linked yet, so that nothing is derived from it.</summary>
    public (string Id, string Timestamp, string Signature, string Body) Next(string type = FirstKind)
    {
        var number = Interlocked.Increment(ref _last).ToString("D9", CultureInfo.InvariantCulture);
        var (id, timestamp) = ("msg_" + number, DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var body =
            $$$"""{"recordingId":"rec_{{{number}}}","siroUserId":"usr_1","recordingProcessed":true,"recordingLinked":false,"eventType":"{{{type}}}","crm":{"integrationConnectionId":"con_1","users":[{"id":"usr_1","externalId":"005"}],"engagement":{"id":"eng_1","externalId":"00U"},"contacts":[]}}""";
        return (id, timestamp, "v1,"
            + Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"))), body);
    }
}
