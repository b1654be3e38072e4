using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Calls;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.Client.Subscriptions;
using Siro.Gateway.Client.Uploads;

namespace Siro.Gateway.HostingTests.Documentation;

/// <summary>The code of docs/client.md and the package's README, compiled. A test finds each of their blocks in here.</summary>
internal static class ClientSnippets
{
    public static void Register(WebApplicationBuilder builder)
    {
        builder.Services.AddSiroGateway(gateway =>
        {
            gateway.BaseAddress = new Uri("https://gateway.example");
            gateway.ApiKey = builder.Configuration["Gateway:ApiKey"];
        });
    }

    public static void RegisterBySection(WebApplicationBuilder builder)
    {
        builder.Services.AddSiroGateway(builder.Configuration.GetSection("SiroGateway"));
    }

    public static void RegisterWithTokens(WebApplicationBuilder builder, ITokens tokens)
    {
        builder.Services.AddSiroGateway(gateway =>
        {
            gateway.BaseAddress = new Uri("https://gateway.example");
            gateway.AccessToken = tokens.GetAsync;
        });
    }

    public static void Me(WebApplication app)
    {
        app.MapGet("/me", (SiroGatewayClient gateway, CancellationToken cancellationToken) => gateway.GetMeAsync(cancellationToken));
    }

    public static async Task<int> ReadAsync(SiroGatewayClient gateway, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var user in gateway.External.ListAsync("/v1/core/users", SiroJson.Default.SiroPageUser, cancellationToken))
        {
            count += user.Email is null ? 0 : 1;
        }

        var recording = await gateway.ForUser("ann@example.com").Recordings.GetAsync("4f1c...", ["summary"], cancellationToken);
        return count + (recording.Summary?.Count ?? 0);
    }

    public static async Task<UploadResult> UploadAsync(
        SiroGatewayClient gateway,
        string callId,
        DateTimeOffset startedAt,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken)
    {
        var upload = await gateway.Uploads.UploadFileAsync(
            "call.mp3",
            new UploadMetadata { UserEmail = "rep@example.com", Title = "Roof quote", DateCreated = startedAt },
            new UploadOptions { IdempotencyKey = callId, Progress = progress },
            cancellationToken);
        return upload;
    }

    public static async Task<CallTicket> CallAsync(SiroGatewayClient gateway, DateTimeOffset startedAt, CancellationToken cancellationToken)
    {
        return await gateway.Calls.CreateAsync(
            new CallRequest
            {
                SourceId = "call-4711",
                RecordingUrl = new Uri("https://recordings.example/call-4711.mp3"),
                StartedAt = startedAt,
                Rep = new CallRep { Email = "rep@example.com" },
            },
            cancellationToken);
    }

    public static async Task<string?> ErrorsAsync(SiroGatewayClient gateway, string file, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = new UploadMetadata { UserEmail = "rep@example.com" };
            await gateway.Uploads.UploadFileAsync(file, metadata, cancellationToken: cancellationToken);
            return null;
        }
        catch (SiroGatewayException e) when (e.Code == SiroGatewayErrorCodes.InvalidMetadata)
        {
            return string.Join(Environment.NewLine, e.Errors.Select(error => $"{error.Field}: {error.Message}"));
        }
        catch (SiroGatewayException e) when (e.IsTransient)
        {
            return $"Try again in {e.RetryAfter ?? TimeSpan.FromMinutes(1)}. The operator finds the call by {e.TraceId}.";
        }
    }

    public static void Receive(WebApplicationBuilder builder, ICrm crm)
    {
        builder.Services.AddSiroEvents(events => events.Secrets.Add(builder.Configuration["Crm:SiroSecret"]!));
        var app = builder.Build();

        app.MapSiroEvents("/siro", async (delivery, cancellationToken) =>
        {
            if (delivery.Event is RecordingReady ready)
            {
                await crm.SaveAsync(ready.RecordingId, cancellationToken);
            }
        });
    }

    public static async Task SubscribeAsync(SiroGatewayClient gateway, CancellationToken cancellationToken)
    {
        var subscription = await gateway.Subscriptions.CreateAsync(
            new SubscriptionRequest { Url = new Uri("https://crm.example/siro"), Events = ["recording.ready"] }, cancellationToken);
        Console.WriteLine(subscription.Secret); // shown this once: keep it where the application reads its secrets
    }

    public static async Task PullAsync(SiroGatewayClient gateway, ICrm crm, CancellationToken cancellationToken)
    {
        var subscription = await gateway.Subscriptions.CreateAsync(
            new SubscriptionRequest { Pull = true, Events = ["recording.ready"] }, cancellationToken);
        await foreach (var pulled in gateway.Subscriptions.ReadAsync(subscription.Id, cancellationToken: cancellationToken))
        {
            await crm.SaveAsync(pulled.Payload?.GetProperty("recordingId").GetString(), cancellationToken);
            await gateway.Subscriptions.AcknowledgeAsync(subscription.Id, pulled.Cursor, cancellationToken);
        }
    }

    internal interface ICrm
    {
        Task SaveAsync(string? recordingId, CancellationToken cancellationToken);
    }

    internal interface ITokens
    {
        ValueTask<string> GetAsync(CancellationToken cancellationToken);
    }
}

internal sealed record User(string Id, string? Email);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Siro.Gateway.Client.Hosts.SiroPage<User>))]
internal sealed partial class SiroJson : JsonSerializerContext;
