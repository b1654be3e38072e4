using System.Globalization;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// A gateway with everything that can be attacked: bearer tokens, keys, sources of every provider. Nothing of an attack may reach Siro or
/// stay behind.
/// </summary>
public class AttackFixture : GatewayFixture
{
    /// <summary>Of every source, by its name: <c>zoom-secret</c> and so on.</summary>
    public static string SecretOf(string source) => source + "-secret";

    public GatewayIdentityProvider Provider { get; private set; } = null!;

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Provider = await GatewayIdentityProvider.StartAsync();
        settings["Authentication:Jwt:Authority"] = Provider.Authority;
        settings["Authentication:Jwt:Audience"] = "siro-gateway";
        settings["Authentication:Jwt:RequireHttpsMetadata"] = "false";

        // A token of an unknown key waits until the keys may be read again.
        settings["Authentication:KeyRefreshInterval"] = "00:00:01";
        settings["Clients:app:ClientIds:0"] = "app";
        settings["Clients:app:Permissions:0"] = "external:read";
        settings.Remove("Calls:AllowedNetworks:0");
        settings.Remove("Webhooks:AllowedNetworks:0");
        foreach (var type in new[] { "twilio", "zoom", "aircall", "dialpad", "ringcentral" })
        {
            settings[$"Calls:Sources:{type}:Type"] = type;
            settings[$"Calls:Sources:{type}:Client"] = "writer";
            settings[$"Calls:Sources:{type}:Secret"] = SecretOf(type);
        }

        settings["Calls:Sources:ringcentral:Auth:Type"] = "bearer";
        settings["Calls:Sources:ringcentral:Auth:Value"] = "token";
        settings.MappedSource("mapping");
    }

    /// <summary>
    /// Status and code of what a raw request (Latin-1) gets; code is empty where the server itself refused before the gateway saw a
    /// request.
    /// </summary>
    public Task<(int Status, string Code, string Whole)> SendRawAsync(string request) => SendRawAsync(Gateway.Address, request);

    public static async Task<(int Status, string Code, string Whole)> SendRawAsync(Uri address, string request)
    {
        var whole = await GatewayRawRequest.SendAsync(address, request);
        var status = whole.Length > 12 && int.TryParse(whole.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
        const string Header = "\r\nSiro-Gateway-Error: ";
        var at = whole.IndexOf(Header, StringComparison.OrdinalIgnoreCase);
        var code = at < 0 ? "" : whole[(at + Header.Length)..whole.IndexOf("\r\n", at + Header.Length, StringComparison.Ordinal)];
        return (status, code, whole);
    }

    /// <summary>Sends, and answers status and code.</summary>
    public async Task<(int Status, string Code, JsonElement Body)> SendAsync(HttpRequestMessage request)
    {
        using var client = Gateway.CreateClient(null);
        using (request)
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var body = text.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(text) : default;
            return ((int)response.StatusCode, response.Headers.TryGetValues("Siro-Gateway-Error", out var code) ? code.Single() : "", body);
        }
    }

    public Task<(int Status, string Code, JsonElement Body)> SendAsync(HttpMethod method, string path, string? apiKey, byte[]? body = null,
        string? contentType = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        }

        if (apiKey is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", apiKey);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    /// <summary>Each character of the text is a byte, as it stands on the wire.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
