using System.Security.Cryptography;
using System.Text;
using Siro.Emulator;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// A complete configuration for tests: one organization <c>acme</c> and four clients; nothing polls Siro by itself. Keys with colons, as in
/// gateway.json.
/// </summary>
public static class GatewaySettings
{
    public const string Organization = "acme";
    public const string WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// <summary>Client <c>admin</c>: every permission, may act for anyone, acts for the emulator's first user by default.</summary>
    public const string AdminKey = "sgw_test-admin-0000000000000000000000000000000000";

    /// <summary>
    /// Client <c>reader</c>: <c>external:read</c>, <c>platform:read</c>; acts for nobody but the organization's default user.
    /// </summary>
    public const string ReaderKey = "sgw_test-reader-000000000000000000000000000000000";

    /// <summary>
    /// Client <c>writer</c>: everything but <c>admin</c> and <c>external:admin</c>; may act for the emulator's second user.
    /// </summary>
    public const string WriterKey = "sgw_test-writer-000000000000000000000000000000000";

    /// <summary>Client <c>nobody</c>: known, but without any permission.</summary>
    public const string NobodyKey = "sgw_test-nobody-000000000000000000000000000000000";

    /// <summary><c>sha256:{hex}</c> of a key.</summary>
    public static string HashOf(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Everything a gateway needs to serve against this emulator and store.</summary>
    public static Dictionary<string, string?> For(EmulatorHost emulator, string redis)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["ReverseProxy:Clusters:external:Destinations:siro:Address"] = emulator.External.AbsoluteUri,
            ["ReverseProxy:Clusters:platform:Destinations:siro:Address"] = emulator.Platform.AbsoluteUri,
            ["ReverseProxy:Clusters:internal:Destinations:siro:Address"] = emulator.Internal.AbsoluteUri,
            [$"Siro:Organizations:{Organization}:OrganizationToken"] = emulator.Default.Token,
            [$"Siro:Organizations:{Organization}:OrganizationId"] = emulator.Default.Id,
            [$"Siro:Organizations:{Organization}:DefaultUserId"] = emulator.Default.UserId,
            [$"Siro:Organizations:{Organization}:OAuth:ClientId"] = emulator.Default.ClientId,
            [$"Siro:Organizations:{Organization}:OAuth:ClientSecret"] = emulator.Default.ClientSecret,
            [$"Siro:Organizations:{Organization}:WebhookSecrets:0"] = WebhookSecret,
            ["Redis:Configuration"] = redis,
            ["Store:EncryptionKeys:0"] = Convert.ToBase64String(SHA256.HashData("test"u8)),
            ["Uploads:StorageHosts:0"] = emulator.Storage.Host,
            ["Webhooks:AllowedNetworks:0"] = "127.0.0.0/8",
            ["Calls:AllowedNetworks:0"] = "127.0.0.0/8",
            ["Reconciliation:Enabled"] = "false",

            // No load balancer has to see that a test's gateway ends.
            ["Shutdown:Notice"] = "00:00:00",
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        };
        Client(settings, "admin", AdminKey, ["admin"], users: ["*"]);
        Client(settings, "reader", ReaderKey, ["external:read", "platform:read"]);
        Client(settings, "writer", WriterKey,
            ["external:read", "external:write", "platform:read", "platform:write", "uploads:write", "calls:write", "events:read",
                "subscriptions:write", "sync:write", "people:read", "links:read"],
            users: [emulator.Default.Users[1].Id]);
        Client(settings, "nobody", NobodyKey, []);
        return settings;
    }

    /// <summary>Adds a client with one API key.</summary>
    public static void Client(IDictionary<string, string?> settings, string name, string apiKey, string[] permissions,
        string[]? users = null, string? organization = Organization)
    {
        settings[$"Clients:{name}:ApiKeyHashes:0"] = HashOf(apiKey);
        settings[$"Clients:{name}:Organization"] = organization;
        for (var i = 0; i < permissions.Length; i++)
        {
            settings[$"Clients:{name}:Permissions:{i}"] = permissions[i];
        }

        for (var i = 0; i < (users?.Length ?? 0); i++)
        {
            settings[$"Clients:{name}:Users:{i}"] = users![i];
        }
    }

    /// <summary>
    /// Adds an organization <c>tight</c> with a budget that is soon used up (20 in 5 s), and a client of the same name that may read there.
    /// </summary>
    public static void TightOrganization(IDictionary<string, string?> settings, EmulatorHost emulator, string apiKey)
    {
        var tight = emulator.State.Seed("Tight");
        settings["Siro:Organizations:tight:OrganizationToken"] = tight.Token;
        settings["Siro:Organizations:tight:OrganizationId"] = tight.Id;
        settings["Siro:Organizations:tight:Budget:Requests"] = "20";
        settings["Siro:Organizations:tight:Budget:WindowSeconds"] = "5";
        settings["Siro:Organizations:tight:Budget:MaxWait"] = "00:00:02";
        Client(settings, "tight", apiKey, ["external:read"], organization: "tight");
    }
}
