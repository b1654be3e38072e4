using System.Diagnostics;
using System.Text.Json;

namespace Siro.Sandbox.Demo;

/// <summary>An answer of the gateway, read whole.</summary>
internal sealed record GatewayAnswer(int Status, string Body, IReadOnlyDictionary<string, string> Headers, TimeSpan Took)
{
    /// <summary>The problem's code, or the start of the body; for a failure's line.</summary>
    public string Short => Headers.TryGetValue("Siro-Gateway-Error", out var code) ? $"{Status} {code}" : $"{Status}";

    public JsonElement Json()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(new { });
        }
    }

    public string? Text(string name) =>
        Json() is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var value) ? value.ToString() : null;
}

/// <summary>One of the company's applications, with its API key.</summary>
internal sealed class GatewayCaller(Uri address, string apiKey) : IDisposable
{
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(2) };

    public async Task<GatewayAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancel, Action<HttpRequestMessage>? bend = null)
    {
        // Told not to tidy up, so that a climbing path is sent as it stands.
        var url = new Uri(
            address.AbsoluteUri.TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.Add("X-Api-Key", apiKey);
        bend?.Invoke(request);
        var started = Stopwatch.GetTimestamp();
        using var response = await _http.SendAsync(request, cancel);
        var body = await response.Content.ReadAsStringAsync(cancel);
        var headers = response.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        return new GatewayAnswer((int)response.StatusCode, body, headers, Stopwatch.GetElapsedTime(started));
    }

    public void Dispose() => _http.Dispose();
}
