using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Siro.Emulator;
using Siro.Sandbox.Processes;
using Siro.Sandbox.Subscribers;

namespace Siro.Sandbox.Gateway;

/// <summary>The gateway itself, as the process it is in production, with a configuration made for the sandbox.</summary>
internal static class GatewayProcess
{
    /// <summary>The organization's name in the gateway's configuration.</summary>
    public const string Organization = "demo";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string[] AllPermissions =
    [
        "external:read", "external:write", "external:admin", "platform:read", "platform:write", "uploads:write", "calls:write",
        "events:read", "subscriptions:write", "sync:write", "people:read", "links:read", "admin",
    ];

    public static async Task<ChildProcess> StartAsync(Uri address, int storePort, EmulatorHost siro,
        IReadOnlyList<SampleSubscriber> subscribers, SandboxSecrets secrets, string folder, Watchdog watchdog, CancellationToken cancel)
    {
        var configuration = WriteConfiguration(storePort, siro, subscribers, secrets, folder);
        var secretFolder = WriteSecrets(siro, subscribers, secrets, folder);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SIRO_GATEWAY_CONFIG"] = configuration,
            ["SIRO_GATEWAY_SECRETS"] = secretFolder,
            ["ASPNETCORE_URLS"] = address.AbsoluteUri,
            ["DOTNET_ENVIRONMENT"] = "Production",
        };
        var gateway = ChildProcess.Start(
            "The gateway", Paths.Gateway, [], Path.Combine(folder, "logs", "gateway.log"), watchdog, environment);
        try
        {
            using var http = new HttpClient();
            await gateway.ReadyAsync(
                token => IsReadyAsync(http, new Uri(address, "health/ready"), token), TimeSpan.FromSeconds(60), cancel);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri url, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(url, cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            return false;
        }
    }

    /// <summary>gateway.json as an operator would write it: no secret in it.</summary>
    private static string WriteConfiguration(
        int storePort, EmulatorHost siro, IReadOnlyList<SampleSubscriber> subscribers, SandboxSecrets secrets, string folder)
    {
        object Cluster(Uri address) => new { Destinations = new { siro = new { Address = address.AbsoluteUri.TrimEnd('/') } } };
        var seeded = siro.Default;
        var file = Path.Combine(folder, "gateway.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            ReverseProxy =
                new { Clusters = new { external = Cluster(siro.External), platform = Cluster(siro.Platform),
                @internal = Cluster(siro.Internal) } },
            Siro = new
            {
                Organizations = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [Organization] = new { OrganizationId = seeded.Id, DefaultUserId = seeded.UserId, OAuth = new { seeded.ClientId } },
                },
            },

            // The embedded store compiles itself while it runs: on a busy machine its first answers take longer than a Redis that is there
            // at all.
            Redis = new { Configuration = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{storePort},asyncTimeout=5000") },
            Store = new { Durability = "fsync" },

            // No load balancer has to learn of the end first: the sandbox stops at once.
            Shutdown = new { Notice = "00:00:00" },
            Clients =
                new { demo = new { ApiKeyHashes = new[] { secrets.ApiKeyHash }, Organization, Permissions = AllPermissions,
                Users = new[] { "*" } } },
            Uploads = new { SpoolDirectory = Path.Combine(folder, "spool"), StorageHosts = new[] { siro.Storage.Host } },
            Calls = new { AllowedNetworks = new[] { "127.0.0.0/8" } },
            Webhooks = new
            {
                AllowedNetworks = new[] { "127.0.0.0/8" },
                Subscriptions = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [subscribers[0].Name] = new { Url = subscribers[0].Url, Events = new[] { "recording.ready" } },
                    [subscribers[1].Name] = new { Url = subscribers[1].Url,
                        Events = new[] { "integrations.recordingProcessed", "integrations.recordingLinked" } },
                },
            },
        }, Indented));
        return file;
    }

    /// <summary>One file for each secret, named by its configuration key.</summary>
    private static string WriteSecrets(
        EmulatorHost siro, IReadOnlyList<SampleSubscriber> subscribers, SandboxSecrets secrets, string folder)
    {
        var secretFolder = Directory.CreateDirectory(Path.Combine(folder, "gateway-secrets")).FullName;
        void Put(string key, string value) =>
            File.WriteAllText(Path.Combine(secretFolder, key.Replace(":", "__", StringComparison.Ordinal)), value);
        Put($"Siro:Organizations:{Organization}:OrganizationToken", siro.Default.Token);
        Put($"Siro:Organizations:{Organization}:OAuth:ClientSecret", siro.Default.ClientSecret);
        Put($"Siro:Organizations:{Organization}:WebhookSecrets:0", secrets.SiroWebhookSecret);
        Put("Store:EncryptionKeys:0", secrets.EncryptionKey);
        foreach (var subscriber in subscribers)
        {
            Put($"Webhooks:Subscriptions:{subscriber.Name}:Secret", secrets.Subscriber(subscriber.Name));
        }

        return secretFolder;
    }
}
