using System.Globalization;
using System.Text;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>Posts webhooks as Svix does, and as others might try to.</summary>
internal static class SiroSender
{
    public static string Event(
        string recording, string type = "integrations.recordingProcessed", bool processed = true, bool linked = false, string more = "") =>
        $$"""{"recordingId":"{{recording}}","siroUserId":"user-1","recordingProcessed":{{Json(processed)}},"recordingLinked":{{Json(linked)}},"eventType":"{{type}}"{{more}}}""";

    /// <summary>Sends one; changes tells what is different from a good one.</summary>
    public static async Task<HttpResponseMessage> PostWebhookAsync(
        this HttpClient client,
        string id,
        byte[] body,
        string path = "/v1/webhooks/siro/acme",
        string? secret = GatewaySettings.WebhookSecret,
        TimeSpan age = default,
        string prefix = "svix-",
        Action<HttpRequestMessage>? change = null)
    {
        using var request = Request(id, body, path, secret, age, prefix);
        change?.Invoke(request);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The request of one.</summary>
    public static HttpRequestMessage Request(string id, byte[] body, string path = "/v1/webhooks/siro/acme",
        string? secret = GatewaySettings.WebhookSecret, TimeSpan age = default, string prefix = "svix-")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        var timestamp = (TimeProvider.System.GetUtcNow() - age).ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation(prefix + "id", id);
        request.Headers.TryAddWithoutValidation(prefix + "timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(
            prefix + "signature", secret is null ? "v1,AAAA" : SvixSignature.Sign(id, timestamp, body, secret));
        return request;
    }

    public static Task<HttpResponseMessage> PostWebhookAsync(this HttpClient client, string id, string body) =>
        client.PostWebhookAsync(id, Encoding.UTF8.GetBytes(body));

    private static string Json(bool value) => value ? "true" : "false";
}
