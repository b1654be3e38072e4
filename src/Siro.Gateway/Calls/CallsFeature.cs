using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Calls.Api;
using Siro.Gateway.Calls.Fetching;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Calls;

/// <summary>From "the call has ended" to a recording in Siro: notify, fetch, forward, as a stored job (docs/calls.md).</summary>
internal static class CallsFeature
{
    public static void AddCalls(this WebApplicationBuilder builder)
    {
        builder.AddSettings<CallsOptions>("Calls", CallsOptionsValidator.Check);
        var services = builder.Services;
        services.AddSingleton<CallIntake>();
        services.AddSingleton<RepResolver>();
        services.AddSingleton<CallUsers>();
        services.AddSingleton<SourceRegistry>();
        services.AddSingleton<ProviderApi>();
        services.AddSingleton<RecordingFetch>();
        services.AddSingleton<SourceEndpoint>();
        services.AddSingleton<CallEndpoints>();
        services.AddJob<CallData, CallRun>(CallJob.Declaration);
        services.AddJob<SourcePollData, SourcePolling>(SourcePolling.Declaration);
        services.AddRecurringJobs<SourcePolls>();
    }

    public static void MapCalls(this WebApplication app)
    {
        var calls = app.MapGroup("/v1/calls").RequirePermission(Permissions.CallsWrite).WithTags("Calls");
        calls.MapPost("", (HttpContext context, [FromServices] CallEndpoints endpoints) => endpoints.PostAsync(context))
            .WithSummary("A recording by its URL: fetched and forwarded to Siro in the background")
            .WithMetadata(new RequestSizeLimitAttribute(CallInput.MaxBody))
            .Accepts<CallRequest>("application/json").Produces<CallTicket>(202).Produces<CallTicket>()
            .WithExamples(
                """{"recordingUrl":"https://voip.example.com/recordings/42.mp3","startedAt":"2026-02-15T14:00:00Z","sourceId":"call-42","rep":{"email":"rep@example.com"},"customer":{"name":"Ann Smith","phone":"+15551234567"},"title":"Kitchen"}""",
                """{"id":"call_Jf3kQ","status":"notified"}""",
                202);
        calls.MapGet("", (HttpContext context, [FromServices] CallEndpoints endpoints) => endpoints.ListAsync(context))
            .WithSummary("The caller's calls, newest first").Produces<CallList>()
            .WithQuery(("status", "One state."), ("cursor", "The page before's cursor."), ("limit", "How many at most."));
        calls.MapGet("/{id}", (HttpContext context, string id, [FromServices] CallEndpoints endpoints) => endpoints.GetAsync(context, id))
            .WithSummary("A call and how far it is").Produces<CallView>();
        calls.MapPatch(
            "/{id}", (HttpContext context, string id, [FromServices] CallEndpoints endpoints) => endpoints.PatchAsync(context, id))
            .WithSummary("Supply what a call lacks, above all its rep; it goes on by itself")
            .WithMetadata(new RequestSizeLimitAttribute(CallInput.MaxBody))
            .Accepts<CallRequest>("application/json").Produces<CallView>();
        calls.MapPost(
            "/{id}/retry", (HttpContext context, string id, [FromServices] CallEndpoints endpoints) => endpoints.RetryAsync(context, id))
            .WithSummary("Try a stopped call again").Produces<CallView>(202);
        calls.MapPost("/retry", (HttpContext context, [FromServices] CallEndpoints endpoints) => endpoints.RetryManyAsync(context))
            .WithSummary("Try all stopped calls of one status again, a page at a time").Produces<CallRetryAnswer>()
            .WithQuery(("status", "The state: needs_rep, failed or uncertain."));
        app.MapPost("/v1/calls/sources/{source}",
            (HttpContext context, string source, [FromServices] SourceEndpoint endpoint) => endpoint.HandleAsync(context, source))
            .AuthenticatedBySignature()
            .WithTags("Calls")
            .WithSummary("A telephone provider's webhook, verified by the provider's own signature")
            .Produces<SourceAnswer>();
    }
}
