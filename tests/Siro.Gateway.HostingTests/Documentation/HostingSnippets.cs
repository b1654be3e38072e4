using Siro.Gateway.Hosting;

namespace Siro.Gateway.HostingTests.Documentation;

/// <summary>The code of docs/aspire.md and the package's README that the repository's AppHost does not have, compiled.</summary>
internal static class HostingSnippets
{
    public static void Gateway(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        var redis = builder.AddLocalRedis("redis");
        var siro = builder.AddSiroEmulator("siro");
        var gateway = builder.AddSiroGateway("gateway")
            .WithRedis(redis)
            .WithSiro(siro)
            .WithClient("crm", SiroPermissions.ExternalRead, SiroPermissions.UploadsWrite);
        builder.Build().Run();
        _ = gateway;
    }

    public static void Siro(IDistributedApplicationBuilder builder, IResourceBuilder<IResourceWithConnectionString> redis)
    {
        var gateway = builder.AddSiroGateway("gateway")
            .WithRedis(redis)
            .WithOrganization("acme", organization =>
            {
                organization.OAuthClientId = "0c9f...";
                organization.DefaultUserId = "8d1f...";
                organization.WebhookSecret = builder.AddParameter("acme-webhook-secret", secret: true);
            })
            .WithClient("crm", client =>
            {
                client.Permissions.Add(SiroPermissions.PlatformRead);
                client.Users.Add("*");
            })
            .WithSetting("Budget:Requests", "500");
        _ = gateway;
    }
}
