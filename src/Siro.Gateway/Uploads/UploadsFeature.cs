using Microsoft.AspNetCore.Connections;
using Siro.Gateway.Access;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Api;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads;

/// <summary>One multipart POST becomes Siro's three steps: signed URL, PUT to the storage, create. See docs/uploads.md.</summary>
internal static class UploadsFeature
{
    public static void AddUploads(this WebApplicationBuilder builder)
    {
        builder.AddSettings<UploadsOptions>("Uploads", UploadsOptionsValidator.Check);
        var services = builder.Services;
        services.AddSingleton(new UploadTimings());
        services.AddSingleton<UploadMetrics>();
        services.AddSingleton<IMemoryPoolFactory<byte>, ConnectionMemory>();
        services.AddSingleton<Spool>();
        services.AddHealthChecks().AddCheck<SpoolHealthCheck>("spool");
        services.AddSingleton<FileIntake>();
        services.AddSingleton<FormReceiver>();
        services.AddSingleton<StorageRules>();
        services.AddSingleton<ContractMemory>();
        services.AddSingleton<SigningStep>();
        services.AddSingleton<StorageStep>();
        services.AddSingleton<CreateStep>();
        services.AddSingleton<UploadSteps>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<UploadRun>();
        services.AddSingleton<UploadPipeline>();
        services.AddSingleton<LikelyMatches>();
        services.AddSingleton<PostUpload>();
        services.AddSingleton<UploadEndpoints>();
        services.AddSingleton<UploadProgress>();
        services.AddJob<UploadData, UploadJobHandler>(UploadJob.Declaration);
        services.AddSingleton(provider => new UploadRuns(
            provider.GetRequiredService<UploadRun>(),
            provider.GetRequiredService<JobRunner>(),
            provider.GetRequiredService<JobQueues>(),
            UploadJob.Declaration.Worker(builder.Configuration)
                .Within(provider.GetService<ISettings<ShutdownOptions>>()?.Current.ForUploads),
            provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService(provider => provider.GetRequiredService<UploadRuns>());

        // What an earlier process left is removed at the start, not with the first upload.
        services.AddHostedService(provider => new StartWith<Spool>(provider));
    }

    public static void MapUploads(this WebApplication app)
    {
        var uploads = app.MapGroup("/v1/uploads").RequirePermission(Permissions.UploadsWrite).WithTags("Uploads");
        uploads.MapPost("", (HttpContext context, PostUpload post) => post.HandleAsync(context))
            .WithSummary("Upload a recording: one multipart request with the part 'file'")
            .Produces<UploadResult>(StatusCodes.Status201Created)
            .Produces<UploadResult>(StatusCodes.Status202Accepted)
            .AddOpenApiOperationTransformer(UploadDescription.DescribeFormAsync);
        uploads.MapGet("", (HttpContext context, UploadEndpoints endpoints) => endpoints.ListAsync(context))
            .WithSummary("The caller's uploads, newest first")
            .Produces<UploadList>()
            .AddOpenApiOperationTransformer(UploadDescription.DescribeListAsync);
        uploads.MapGet("{id}", (HttpContext context, string id, UploadEndpoints endpoints) => endpoints.GetAsync(context, id))
            .WithSummary("One upload: its step, bytes, percent, attempts and errors")
            .Produces<UploadView>();
        uploads.MapGet("{id}/progress", (HttpContext context, string id, UploadProgress progress) => progress.HandleAsync(context, id))
            .WithSummary("The same as server-sent events, until it ends")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream");
        uploads.MapPost("{id}/retry", (HttpContext context, string id, UploadEndpoints endpoints) => endpoints.RetryAsync(context, id))
            .WithSummary("Create the recording of an uncertain or failed upload (again)")
            .Produces<UploadView>(StatusCodes.Status202Accepted);
    }

    /// <summary>Makes a service when the host starts.</summary>
    private sealed class StartWith<T>(IServiceProvider provider) : IHostedService
        where T : class
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            provider.GetRequiredService<T>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
