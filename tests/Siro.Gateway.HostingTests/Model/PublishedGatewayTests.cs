using System.Text.Json;

namespace Siro.Gateway.HostingTests.Model;

/// <summary>What a published application says about the gateway: an image, parameters for the secrets, and no emulator.</summary>
public sealed class PublishedGatewayTests
{
    [Fact]
    public async Task A_published_gateway_is_a_container_whose_secrets_are_parameters()
    {
        var folder = Directory.CreateTempSubdirectory("manifest-");
        try
        {
            var manifest = Path.Combine(folder.FullName, "aspire-manifest.json");
            var builder = Applications.Create("--operation", "publish", "--publisher", "manifest", "--output-path", manifest);
            var gateway = builder.AddSiroGateway("gateway")
                .WithRedis(builder.AddConnectionString("redis"))
                .WithSiro(builder.AddSiroEmulator("siro"))
                .WithOrganization("acme", o => o.OAuthClientId = "app-1")
                .WithClient("crm", "uploads:write")
                .WithPublishedImage("registry.example/siro-gateway", "1.2.3");
            var application = builder.AddContainer("app", "app")
                .WithHttpEndpoint(targetPort: 8080, name: "http")
                .WithSiroGateway(gateway, "crm");
            gateway.WithSubscription("crm", application, "/siro", "recording.ready");

            await using var built = builder.Build();
            await built.RunAsync(TestContext.Current.CancellationToken);

            var resources = JsonDocument.Parse(
                await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken)).RootElement.GetProperty("resources");
            var published = resources.GetProperty("gateway");
            Assert.Equal("container.v0", published.GetProperty("type").GetString());
            Assert.Equal("registry.example/siro-gateway:1.2.3", published.GetProperty("image").GetString());
            var environment = published.GetProperty("env");
            Assert.Equal("{acme-organization-token.value}", Text(environment, "Siro__Organizations__acme__OrganizationToken"));
            Assert.Equal("{gateway-crm-api-key-hash.value}", Text(environment, "Clients__crm__ApiKeyHashes__0"));
            Assert.Equal("{gateway-encryption-key.value}", Text(environment, "Store__EncryptionKeys__0"));
            Assert.Equal("{redis.connectionString}", Text(environment, "Redis__Configuration"));
            Assert.Equal("fsync", Text(environment, "Store__Durability"));
            Assert.Equal("{app.bindings.http.url}/siro", Text(environment, "Webhooks__Subscriptions__crm__Url"));
            Assert.Equal("{gateway-crm-api-key.value}", Text(resources.GetProperty("app").GetProperty("env"), "SiroGateway__ApiKey"));
            Assert.False(resources.TryGetProperty("siro", out _), "the emulator is published");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string? Text(JsonElement environment, string name) => environment.GetProperty(name).GetString();
}
