using Siro.Gateway.Configuration;

namespace Siro.Gateway.Jobs;

/// <summary>The job engine: queues in Redis, leases, fencing, retries. A feature registers the kinds of job that are its own.</summary>
internal static class JobsFeature
{
    public static void AddJobs(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<JobQueues>();
        builder.Services.AddSingleton<JobMetrics>();
        builder.Services.AddSingleton<JobRunner>();

        // Every kind's worker drains for as long as its jobs need: one after another they would not fit into the host's limit.
        builder.Services.Configure<HostOptions>(host => host.ServicesStopConcurrently = true);
    }

    /// <summary>Works off jobs of one kind in the background with <typeparamref name="THandler"/>, one instance for the process.</summary>
    public static void AddJobWorker<THandler>(this IServiceCollection services, JobKind kind, Action<JobWorkerOptions>? configure = null)
        where THandler : class, IJobHandler
    {
        var options = new JobWorkerOptions();
        configure?.Invoke(options);
        services.AddSingleton<THandler>();
        services.AddSingleton<IHostedService>(provider => new JobWorker<THandler>(
            provider.GetRequiredService<THandler>(),
            kind,
            options.Within(provider.GetService<ISettings<ShutdownOptions>>()?.Current.ForJobs),
            provider.GetRequiredService<JobQueues>(),
            provider.GetRequiredService<JobRunner>(),
            provider.GetRequiredService<JobMetrics>(),
            provider.GetRequiredService<ILogger<JobWorker<THandler>>>(),
            provider.GetService<IHostApplicationLifetime>()));
    }

    /// <summary>Keeps the recurring jobs of a feature alive; their kind's worker is added by itself.</summary>
    public static void AddRecurringJobs<TJobs>(this IServiceCollection services)
        where TJobs : class, IRecurringJobs
    {
        services.AddSingleton<TJobs>();
        services.AddHostedService<RecurringJobService<TJobs>>();
    }
}
