using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>The Store feature's types as one replica has them, on a test's own server, without a host.</summary>
internal sealed class StoreHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    /// <param name="patient">Waits five seconds for the store instead of one, so that a busy machine fails no test; false for tests of
    /// outages.</param>
    public StoreHarness(string configuration, string durability = "fsync", TimeProvider? time = null, Func<IPubSub, IPubSub>? pubSub = null,
        bool patient = true)
    {
        if (patient)
        {
            configuration += ",connectTimeout=5000,asyncTimeout=5000";
        }

        var redis = new FixedSettings<RedisOptions>(new RedisOptions { Configuration = new Secret(configuration) });
        var options = new FixedSettings<StoreOptions>(
            new StoreOptions { Durability = durability, EncryptionKeys = [new Secret(Convert.ToBase64String(new byte[32]))] });
        Clock = new StoreClock(time ?? TimeProvider.System);
        Store = new RedisStore(redis, options, NullLogger<RedisStore>.Instance);
        Leases = new RedisLeases(Store, Clock, Randomness, NullLogger<RedisLeases>.Instance);
        Notices = new RedisPubSub(Store, Clock, NullLogger<RedisPubSub>.Instance);
        Cipher = new StoreCipher(options, Randomness);
        Queues = new JobQueues(Store, pubSub?.Invoke(Notices) ?? Notices, Clock, Randomness, Cipher);
        Metrics = new JobMetrics(_services.GetRequiredService<IMeterFactory>());
        Runner = new JobRunner(Clock, Randomness, Metrics, NullLogger<JobRunner>.Instance);
    }

    public Randomness Randomness { get; } = new();

    public StoreClock Clock { get; }

    public RedisStore Store { get; }

    public ILeases Leases { get; }

    public RedisPubSub Notices { get; }

    public JobQueues Queues { get; }

    public JobMetrics Metrics { get; }

    public JobRunner Runner { get; }

    public StoreCipher Cipher { get; }

    /// <summary>A worker of its own, not started.</summary>
    public JobWorker Worker(IJobHandler handler, JobKind kind, JobWorkerOptions options) =>
        new(handler, kind, options, Queues, Runner, Metrics, NullLogger<JobWorker>.Instance);

    public async ValueTask DisposeAsync()
    {
        await Notices.DisposeAsync();
        await Store.DisposeAsync();
        await _services.DisposeAsync();
    }
}

/// <summary>Settings that a test gives and that never change.</summary>
internal sealed class FixedSettings<T>(T value) : ISettings<T>
    where T : class
{
    public T Current => value;

    public IDisposable OnChange(Action<T> changed) => new Nothing();

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
