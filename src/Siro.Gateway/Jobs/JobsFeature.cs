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

    /// <summary>The endpoints of every kind that declares some.</summary>
    public static void MapJobs(this WebApplication app)
    {
        foreach (var job in app.Services.GetServices<Job>())
        {
            job.Map(app);
        }
    }

    /// <summary>
    /// Registers a kind of job: works it off in the background with <typeparamref name="THandler"/>, one instance for the process.
    /// </summary>
    public static void AddJob<TData, THandler>(this IServiceCollection services, Job<TData> job)
        where TData : class
        where THandler : class, IJobHandler<TData>
    {
        services.AddSingleton<Job>(job);
        services.AddSingleton<THandler>();
        services.AddSingleton<IHostedService>(provider =>
        {
            var queues = provider.GetRequiredService<JobQueues>();
            return new JobWorker(
                new JobHandler<TData>(provider.GetRequiredService<THandler>(), queues.Data(job)),
                job.Kind,
                job.Worker(provider.GetRequiredService<IConfiguration>())
                    .Within(provider.GetService<ISettings<ShutdownOptions>>()?.Current.ForJobs),
                queues,
                provider.GetRequiredService<JobRunner>(),
                provider.GetRequiredService<JobMetrics>(),
                provider.GetRequiredService<ILogger<JobWorker>>(),
                provider.GetService<IHostApplicationLifetime>());
        });
    }

    /// <summary>Keeps the recurring jobs of a feature alive; their kind's worker is added by itself.</summary>
    public static void AddRecurringJobs<TJobs>(this IServiceCollection services)
        where TJobs : class, IRecurringJobs
    {
        services.AddSingleton<TJobs>();
        services.AddHostedService<RecurringJobService<TJobs>>();
    }
}
