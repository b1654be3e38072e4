using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>A gateway's configuration as environment variables: one organization, one client with an API key.</summary>
internal static class GatewaySettings
{
    public const string Organization = "bench";

    public const string ApiKey = "bench-api-key-0123456789abcdef0123456789abcdef";

    private static readonly string[] Permissions =
    [
        "external:read", "external:write", "platform:read", "platform:write", "uploads:write", "events:read", "subscriptions:write",
    ];

    /// <summary>A budget that never holds a request back, so that its own cost is measured and not its waiting.</summary>
    public static Dictionary<string, string> For(int redisPort, Uri external, Uri platform, Uri internalHost) => Environment(new()
    {
        ["Logging:LogLevel:Default"] = "Warning",
        ["Siro:Organizations:bench:OrganizationToken"] = "bench-organization-token",
        ["Siro:Organizations:bench:OAuth:ClientId"] = "bench-app",
        ["Siro:Organizations:bench:OAuth:ClientSecret"] = "bench-app-secret",
        ["Siro:Organizations:bench:DefaultUserId"] = "usr_1",
        ["Siro:Organizations:bench:OrganizationId"] = "org_1",
        ["Redis:Configuration"] = $"127.0.0.1:{redisPort}",
        ["Store:EncryptionKeys:0"] = Convert.ToBase64String(SHA256.HashData("bench"u8)),
        ["Clients:bench:ApiKeyHashes:0"] = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey))),
        ["Clients:bench:Organization"] = Organization,
        ["Budget:Requests"] = "100000000",
        ["ReverseProxy:Clusters:external:Destinations:siro:Address"] = external.ToString().TrimEnd('/'),
        ["ReverseProxy:Clusters:platform:Destinations:siro:Address"] = platform.ToString().TrimEnd('/'),
        ["ReverseProxy:Clusters:internal:Destinations:siro:Address"] = internalHost.ToString().TrimEnd('/'),
    });

    public static Dictionary<string, string> Environment(Dictionary<string, string> settings)
    {
        foreach (var (index, permission) in Permissions.Index())
        {
            settings[$"Clients:bench:Permissions:{index}"] = permission;
        }

        return settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value, StringComparer.Ordinal);
    }
}
