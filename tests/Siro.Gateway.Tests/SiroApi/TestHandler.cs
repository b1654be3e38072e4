using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Tests.Store;

namespace Siro.Gateway.Tests.SiroApi;

/// <summary>The way to Siro over a handler of the test's own in place of the sockets; every host is <c>http://siro.test/</c>.</summary>
internal static class TestHandler
{
    public static SiroHttpHandler Over(
        HttpMessageHandler siro, TimeProvider time, ISiroCredentials? credentials = null, IBudget? budget = null)
    {
        var settings = Settings();
        return new SiroHttpHandler(
            credentials ?? new OneToken(), budget ?? new Plenty(), new SiroAddresses(settings), settings, time, new Randomness(),
            NullLogger.Instance, telemetry: null, siro);
    }

    /// <summary>A feature's client over the same.</summary>
    public static SiroClient ClientOver(HttpMessageHandler siro, TimeProvider time)
    {
        var budget = new Plenty();
        var contracts = new ContractMetrics(
            new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
        return new SiroClient(
            Over(siro, time, budget: budget), new SiroAddresses(Settings()), budget, time,
            new ContractWatch(contracts, time, NullLogger<ContractWatch>.Instance));
    }

    private static FixedSettings<SiroOptions> Settings()
    {
        var options = new SiroOptions();
        foreach (var host in Enum.GetValues<SiroHost>())
        {
            options.Addresses[host] = new Uri("http://siro.test/");
        }

        return new FixedSettings<SiroOptions>(options);
    }

    private sealed class OneToken : ISiroCredentials
    {
        public ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken) =>
            new(new SiroCredential("Authorization", new Secret("Bearer t"), "t"));

        public ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) =>
            new(false);
    }

    private sealed class Plenty : IBudget, IBudgetSlot
    {
        public ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) =>
            new(this);

        public void Answered()
        {
        }

        public void NotSent()
        {
        }

        public void Throttled(TimeSpan? retryAfter)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
