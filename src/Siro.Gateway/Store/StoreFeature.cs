using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Store.PubSub;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

/// <summary>Redis: connection, scripts, leases, publish and subscribe, encryption at rest. Needs no route.</summary>
internal static class StoreFeature
{
    /// <summary>The name of the health check that asks Redis.</summary>
    public const string HealthCheck = "store";

    public static void AddStore(this WebApplicationBuilder builder)
    {
        builder.AddSettings<RedisOptions>("Redis", (redis, _, errors) => Check(redis, errors));
        builder.AddSettings<StoreOptions>("Store", (store, _, errors) => Check(store, errors));
        builder.Services.AddSingleton(new StoreClock(TimeProvider.System));
        builder.Services.AddSingleton<RedisStore>();
        builder.Services.AddSingleton<OrganizationStore>();
        builder.Services.AddSingleton<IStoreHealth>(services => services.GetRequiredService<RedisStore>());
        builder.Services.AddSingleton<ILeases, RedisLeases>();
        builder.Services.AddSingleton<IPubSub, RedisPubSub>();
        builder.Services.AddSingleton<StoreCipher>();
        builder.Services.AddHostedService<StoreMonitor>();

        // A lost store is no reason to be taken out of service; and whoever probes waits a second or less.
        builder.Services.AddHealthChecks().AddCheck<StoreHealthCheck>(
            HealthCheck,
            HealthStatus.Degraded,
            [HealthTags.Ready],
            TimeSpan.FromMilliseconds(500));
    }

    private static void Check(RedisOptions redis, ValidationErrors errors)
    {
        if (redis.Configuration is not { IsEmpty: false } configuration)
        {
            errors.Add("Redis:Configuration", "is missing (StackExchange.Redis's configuration string, for example 'localhost:6379')");
            return;
        }

        try
        {
            errors.Require(
                ConfigurationOptions.Parse(configuration.Reveal()).EndPoints.Count > 0, "Redis:Configuration", "names no host");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message may quote a password.
            errors.Add("Redis:Configuration", "is not a configuration string of StackExchange.Redis");
        }
    }

    private static void Check(StoreOptions store, ValidationErrors errors)
    {
        errors.Require(
            StoreDurability.TryParse(store.Durability, out _), "Store:Durability",
            "must be 'fsync', 'replicas:N' (N from 1 to 9) or 'relaxed'");
        if (store.EncryptionKeys.Count == 0)
        {
            errors.Add("Store:EncryptionKeys:0", "is missing (32 random bytes in base64: 'openssl rand -base64 32')");
        }

        for (var i = 0; i < store.EncryptionKeys.Count; i++)
        {
            var bytes = new byte[48];
            errors.Require(
                Convert.TryFromBase64String(store.EncryptionKeys[i].Reveal(), bytes, out var length) && length == 32,
                $"Store:EncryptionKeys:{i}",
                "must be 32 bytes in base64");
        }
    }
}
