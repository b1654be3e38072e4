using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>
/// A gateway's configuration as environment variables: one organization, one client with an API key. What it does not name is what ships,
/// the audit line above all.
/// </summary>
internal static class GatewaySettings
{
    public const string Organization = "bench";

    public const string ApiKey = "bench-api-key-0123456789abcdef0123456789abcdef";

    private static readonly string[] Permissions =
    [
        "external:read", "external:write", "platform:read", "platform:write", "uploads:write", "events:read", "subscriptions:write",
    ];

    /// <summary>A gateway before the plain upstream, which takes any credential.</summary>
    public static Dictionary<string, string> For(RedisServer redis, Uri upstream) => For(
        redis,
        new EmulatorRole.Facts(
            upstream, upstream, upstream, upstream, "bench-organization-token", "bench-app", "bench-app-secret", "org_1", "usr_1"),
        new KeyValuePair<string, string>("Authentication:Jwt:Authority", TokenIssuer.Issuer(upstream)),
        new KeyValuePair<string, string>("Authentication:Jwt:Audience", TokenIssuer.Audience),
        new KeyValuePair<string, string>("Authentication:Jwt:RequireHttpsMetadata", "false"),
        new KeyValuePair<string, string>("Clients:bench:ClientIds:0", TokenIssuer.ClientId));

    /// <summary>
    /// A gateway before the emulator. The budget never holds a request back, so that its own cost is measured and not its waiting.
    /// </summary>
    public static Dictionary<string, string> For(
        RedisServer redis, EmulatorRole.Facts siro, params IEnumerable<KeyValuePair<string, string>> more)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Siro:Organizations:bench:OrganizationToken"] = siro.Token,
            ["Siro:Organizations:bench:OAuth:ClientId"] = siro.ClientId,
            ["Siro:Organizations:bench:OAuth:ClientSecret"] = siro.ClientSecret,
            ["Siro:Organizations:bench:DefaultUserId"] = siro.UserId,
            ["Siro:Organizations:bench:OrganizationId"] = siro.OrganizationId,
            ["Redis:Configuration"] = $"127.0.0.1:{redis.Port}",
            ["Store:EncryptionKeys:0"] = Convert.ToBase64String(SHA256.HashData("bench"u8)),
            ["Clients:bench:ApiKeyHashes:0"] = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey))),
            ["Clients:bench:Organization"] = Organization,
            ["Budget:Requests"] = "100000000",
            ["Uploads:StorageHosts:0"] = siro.Storage.Authority,
            ["ReverseProxy:Clusters:external:Destinations:siro:Address"] = siro.External.ToString().TrimEnd('/'),
            ["ReverseProxy:Clusters:platform:Destinations:siro:Address"] = siro.Platform.ToString().TrimEnd('/'),
            ["ReverseProxy:Clusters:internal:Destinations:siro:Address"] = siro.Internal.ToString().TrimEnd('/'),
        };
        foreach (var (index, permission) in Permissions.Index())
        {
            settings[$"Clients:bench:Permissions:{index}"] = permission;
        }

        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return settings.ToDictionary(
            setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value, StringComparer.Ordinal);
    }
}
