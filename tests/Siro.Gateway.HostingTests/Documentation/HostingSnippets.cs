using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.Client.Uploads;
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

    public static void AppHost(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        var redis = builder.AddLocalRedis("redis");
        var siro = builder.AddSiroEmulator("siro");
        var gateway = builder.AddSiroGateway("gateway")
            .WithRedis(redis)
            .WithSiro(siro)
            .WithClient("crm", SiroPermissions.ExternalRead, SiroPermissions.UploadsWrite);

        var crm = builder.AddProject<Projects.Crm>("crm")
            .WithSiroGateway(gateway, "crm")
            .WithHttpHealthCheck("/health")
            .WaitFor(gateway);
        gateway.WithSubscription("crm", crm, "/siro", "integrations.recordingProcessed", "recording.ready");

        builder.Build().Run();
    }

    public static void Application(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddSiroGateway(builder.Configuration.GetSection("SiroGateway"));
        builder.Services.AddSiroEvents(builder.Configuration.GetSection("SiroEvents"));
        var app = builder.Build();

        app.MapGet("/health", () => "ok");

        app.MapGet("/me", (SiroGatewayClient gateway, CancellationToken cancellationToken) => gateway.GetMeAsync(cancellationToken));

        app.MapGet("/reps", async (SiroGatewayClient gateway, CancellationToken cancellationToken) =>
        {
            using var reps =
                await gateway.External.SendAsync(HttpMethod.Get, "/v1/core/users?limit=25", cancellationToken: cancellationToken);
            return await reps.Content.ReadAsStringAsync(cancellationToken);
        });

        app.MapPost("/calls/{callId}", (string callId, string file, SiroGatewayClient gateway, CancellationToken cancellationToken) =>
            gateway.Uploads.UploadFileAsync(
                file,
                new UploadMetadata { UserEmail = "rep1@example.com", Title = $"Call {callId}" },
                new UploadOptions { IdempotencyKey = callId },
                cancellationToken));

        app.MapSiroEvents("/siro", (delivery, _) =>
        {
            app.Logger.LogInformation("{Type} of recording {Recording}", delivery.Event.Type, delivery.Event.RecordingId);
            return Task.CompletedTask;
        });

        app.Run();
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

    /// <summary>What the AppHost's SDK makes of its project references.</summary>
    private static class Projects
    {
        public sealed class Crm : IProjectMetadata
        {
            public string ProjectPath => "Crm.csproj";
        }
    }
}
