using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Siro.Emulator;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Three gateways on one Redis: two processes, to be killed and paused, and one in the test's process, whose clock and addresses can be
/// changed. A load of every kind goes to all of them from the start to the end.
/// </summary>
public class ChaosFixture : GatewayFixture
{
    /// <summary>Calls a minute with the organization's token.</summary>
    public const int BudgetLimit = 600;

    private static readonly string[] Bad = ["\"level\":\"critical\"", "unobserved", "internal_error"];

    private readonly GatewayProcess?[] _processes = new GatewayProcess?[2];
    private TcpRelay? _storeRelay;
    private TcpRelay? _siroRelay;

    internal ChaosLoad Load { get; private set; } = null!;

    /// <summary>The fault after which something did not recover; null while all is well.</summary>
    internal string? Broken { get; set; }

    internal Subscribers Subscribers { get; private set; } = null!;

    internal GatewayIdentityProvider Provider { get; private set; } = null!;

    internal RedisServer Redis => (RedisServer)Store;

    internal TcpRelay StoreNetwork => _storeRelay!;

    /// <summary>Between the gateways and Siro's <c>external</c> host.</summary>
    internal TcpRelay SiroNetwork => _siroRelay!;

    internal SteppedClock Clock { get; } = new();

    internal IReadOnlyList<GatewayProcess> Processes => [.. _processes.OfType<GatewayProcess>()];

    /// <summary>Where the load goes: the processes and the one in the test.</summary>
    internal IReadOnlyList<Uri> Addresses => [.. Processes.Select(p => p.Address), Gateway.Address];

    /// <summary>Everything that any of them printed as an error of the worst kind.</summary>
    internal List<string> Printed { get; } = [];

    /// <summary>Of events and deliveries; longer than a clock is set forward.</summary>
    protected virtual string Retention => "1.00:00:00";

    protected override bool StartsGateway => StoreServer.RedisMissing is null;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (StartsGateway)
        {
            await Task.WhenAll(StartAsync(0), StartAsync(1));
            Load = new ChaosLoad(this);
            Load.Start();
        }
    }

    /// <summary>SIGKILL and a new process in its place; <paramref name="down"/> goes by in between.</summary>
    public async Task ReplaceAsync(int index, TimeSpan down)
    {
        var old = _processes[index]!;
        await old.KillAsync();
        await Task.Delay(down, TimeProvider.System);
        await StartAsync(index);
        Keep(old);
        await old.DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Load is not null)
        {
            await Load.DisposeAsync();
        }

        foreach (var process in _processes.OfType<GatewayProcess>())
        {
            await process.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
        foreach (var disposable in new IAsyncDisposable?[] { _storeRelay, _siroRelay, Subscribers, Provider })
        {
            if (disposable is not null)
            {
                await disposable.DisposeAsync();
            }
        }
    }

    internal void KeepAll() => Processes.ToList().ForEach(Keep);

    protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = BudgetLimit };

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Subscribers = await Subscribers.StartAsync();
        Provider = await GatewayIdentityProvider.StartAsync();
        if (Store is RedisServer redis)
        {
            _storeRelay = TcpRelay.To(redis.Port);
            settings["Redis:Configuration"] = $"127.0.0.1:{_storeRelay.Port}";
        }

        _siroRelay = TcpRelay.To(Emulator.External.Port);
        settings["ReverseProxy:Clusters:external:Destinations:siro:Address"] = $"http://127.0.0.1:{_siroRelay.Port}/";
        settings["Authentication:Jwt:Authority"] = Provider.Authority;
        settings["Authentication:Jwt:Audience"] = "siro-gateway";
        settings["Authentication:Jwt:RequireHttpsMetadata"] = "false";
        settings["Clients:app:ClientIds:0"] = "app";
        settings["Clients:app:Permissions:0"] = "external:read";
        settings["Budget:Requests"] = $"{BudgetLimit}";
        settings["Webhooks:Subscriptions:all:Url"] = Subscribers.Url("all");
        settings["Webhooks:Subscriptions:all:Secret"] = WebhookFixture.ConfiguredSecret;
        settings["Webhooks:Subscriptions:all:Events:0"] = "*";
        settings["Webhooks:Retention"] = Retention;
        settings["Webhooks:DeliveryRetention"] = Retention;
        for (var i = 0; i < 40; i++)
        {
            settings[$"Webhooks:RetrySchedule:{i}"] = i == 0 ? "00:00:00" : "00:00:01";
        }

        settings["Calls:RetrySchedule:0"] = "00:00:00.5";
        settings["Logging:LogLevel:Default"] = "Warning";
        settings["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information";
    }

    protected override void Customize(WebApplicationBuilder builder) =>
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));

    private async Task StartAsync(int index) => _processes[index] = await StartProcessAsync();

    private void Keep(GatewayProcess process) => Printed.AddRange(process.Output.Where(
        line => Bad.Any(bad => line.Contains(bad, StringComparison.OrdinalIgnoreCase))));
}
