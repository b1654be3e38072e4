using Siro.Gateway.Configuration;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

/// <summary>
/// Redis: connection, key names, scripts, leases, notices, the job engine, encryption at rest. Needs no route.
/// </summary>
internal static class StoreFeature
{
    public static void AddStore(this WebApplicationBuilder builder)
    {
        builder.AddSettings<RedisOptions>("Redis", (redis, _, mistakes) => Check(redis, mistakes));
        builder.AddSettings<StoreOptions>("Store", (store, _, mistakes) => Check(store, mistakes));
        builder.Services.AddSingleton(new StoreClock(TimeProvider.System));
        builder.Services.AddSingleton<RedisStore>();
        builder.Services.AddSingleton<IStoreHealth>(services => services.GetRequiredService<RedisStore>());
        builder.Services.AddSingleton<ILeases, RedisLeases>();
        builder.Services.AddSingleton<INotices, RedisNotices>();
        builder.Services.AddSingleton<JobQueues>();
        builder.Services.AddSingleton<JobMetrics>();
        builder.Services.AddSingleton<JobRunner>();
        builder.Services.AddSingleton<StoreCipher>();
        builder.Services.AddHostedService<StoreMonitor>();

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

    /// <summary>Keeps the endless jobs of a feature alive; their kind's worker is added by itself.</summary>
    public static void AddEndlessJobs<TJobs>(this IServiceCollection services)
        where TJobs : class, IEndlessJobs
    {
        services.AddSingleton<TJobs>();
        services.AddHostedService<EndlessJobKeeper<TJobs>>();
    }

    private static void Check(RedisOptions redis, Mistakes mistakes)
    {
        if (redis.Configuration is not { IsEmpty: false } configuration)
        {
            mistakes.Add("Redis:Configuration", "is missing (StackExchange.Redis's configuration string, for example 'localhost:6379')");
            return;
        }

        try
        {
            mistakes.Require(
                ConfigurationOptions.Parse(configuration.Reveal()).EndPoints.Count > 0, "Redis:Configuration", "names no host");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message may quote a password.
            mistakes.Add("Redis:Configuration", "is not a configuration string of StackExchange.Redis");
        }
    }

    private static void Check(StoreOptions store, Mistakes mistakes)
    {
        mistakes.Require(
            StoreDurability.TryParse(store.Durability, out _), "Store:Durability", "must be 'fsync', 'replicas:N' (N from 1 to 9) or 'relaxed'");
        if (store.EncryptionKeys.Count == 0)
        {
            mistakes.Add("Store:EncryptionKeys:0", "is missing (32 random bytes in base64: 'openssl rand -base64 32')");
        }

        for (var i = 0; i < store.EncryptionKeys.Count; i++)
        {
            var bytes = new byte[48];
            mistakes.Require(
                Convert.TryFromBase64String(store.EncryptionKeys[i].Reveal(), bytes, out var length) && length == 32,
                $"Store:EncryptionKeys:{i}",
                "must be 32 bytes in base64");
        }
    }
}
