using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Siro.Emulator;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Three gateways on one Redis: two processes, to be killed and paused, each with a small disk and a hosts file of its own where the system
/// lets them, and one in the test's process, whose clock can be set. A load of every kind goes to all of them from the start to the end.
/// </summary>
public class ChaosFixture : GatewayFixture
{
    /// <summary>Calls a minute with the organization's token.</summary>
    public const int BudgetLimit = 600;

    private const string SiroName = "siro.test";

    /// <summary>What no gateway may print, whatever happens to it.</summary>
    private static readonly string[] Bad = ["\"level\":\"critical\"", "unhandled exception", "internal_error"];

    private readonly PrivateMounts?[] _mounts = new PrivateMounts?[2];
    private readonly GatewayProcess[] _processes = new GatewayProcess[2];
    private readonly Dictionary<string, TcpRelay> _siro = new(StringComparer.Ordinal);
    private TcpRelay? _store;

    internal ChaosLoad Load { get; private set; } = null!;

    /// <summary>The last fault left something undone.</summary>
    internal bool Broken { get; set; }

    internal Subscribers Subscribers { get; private set; } = null!;

    internal GatewayIdentityProvider Provider { get; private set; } = null!;

    internal RedisServer Redis => (RedisServer)Store;

    internal TcpRelay StoreNetwork => _store!;

    /// <summary>Between the gateways and Siro's hosts.</summary>
    internal IReadOnlyCollection<TcpRelay> SiroNetwork => _siro.Values;

    internal SteppedClock Clock { get; } = new();

    internal IReadOnlyList<GatewayProcess> Processes => _processes;

    /// <summary>Where the load goes: the processes and the one in the test.</summary>
    internal IReadOnlyList<Uri> Addresses => [.. _processes.Select(p => p.Address), Gateway.Address];

    /// <summary>Of events and deliveries; longer than a clock is set forward.</summary>
    protected virtual string Retention => "1.00:00:00";

    protected override string? Missing => StoreServer.RedisMissing;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Missing is null)
        {
            for (var i = 0; i < _mounts.Length && PrivateMounts.Missing is null; i++)
            {
                _mounts[i] = new PrivateMounts();
            }

            ResolveSiro(true);
            await Task.WhenAll(StartAsync(0), StartAsync(1));
            Load = new ChaosLoad(this);
            Load.Start();
        }
    }

    /// <summary>SIGKILL and a new process in its place; <paramref name="down"/> goes by in between.</summary>
    internal async Task ReplaceAsync(int index, Func<Task> down)
    {
        var old = _processes[index];
        await old.KillAsync();
        await down();
        await StartAsync(index);
        AssertSound(old);
        await old.DisposeAsync();
    }

    internal void FillDisk(int index) => _mounts[index]!.Fill(_processes[index].Process.Id);

    internal void FreeDisk(int index) => _mounts[index]!.Free(_processes[index].Process.Id);

    /// <summary>Whether the processes find Siro's name.</summary>
    internal void ResolveSiro(bool found)
    {
        foreach (var mounts in _mounts)
        {
            mounts?.Resolve(found ? SiroName : null);
        }
    }

    /// <summary>Nobody has ended or printed what none may.</summary>
    internal void AssertSound()
    {
        Assert.All(_processes, p => Assert.False(p.Process.HasExited, "A gateway has ended: " + string.Join('\n', p.Output.TakeLast(20))));
        Assert.All(_processes, AssertSound);
        Assert.DoesNotContain(Gateway.Log, l => l.StartsWith("Critical", StringComparison.Ordinal));
        var failed = Load.Refusals.Keys.Where(r => r.Contains("internal_error", StringComparison.Ordinal)).ToList();
        var why = _processes.SelectMany(p => p.Output).Concat(Gateway.Log)
            .Where(l => l.Contains("Unhandled failure", StringComparison.Ordinal));
        Assert.True(failed.Count == 0, $"{string.Join(", ", failed)}: {string.Join('\n', why)}");
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
        foreach (var disposable in (IAsyncDisposable?[])[_store, Subscribers, Provider, .. _siro.Values])
        {
            if (disposable is not null)
            {
                await disposable.DisposeAsync();
            }
        }

        foreach (var mounts in _mounts)
        {
            mounts?.Dispose();
        }
    }

    protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = BudgetLimit };

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Subscribers = await Subscribers.StartAsync();
        Provider = await GatewayIdentityProvider.StartAsync();
        if (Store is RedisServer redis)
        {
            _store = TcpRelay.To(redis.Port);
            settings["Redis:Configuration"] = $"127.0.0.1:{_store.Port}";
        }

        foreach (var (name, host) in new[] { ("external", Emulator.External), ("platform", Emulator.Platform) })
        {
            _siro[name] = TcpRelay.To(host.Port);
            settings[AddressOf(name)] = new UriBuilder(host) { Port = _siro[name].Port }.Uri.AbsoluteUri;
        }

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
            settings[$"Webhooks:RetrySchedule:{i}"] = settings[$"Calls:RetrySchedule:{i}"] = i == 0 ? "00:00:00" : "00:00:01";
        }

        // Most of what is done is acknowledged first and ends as a job.
        settings["Uploads:CreateWait"] = "00:00:01";
        settings["Logging:LogLevel:Default"] = "Warning";
        settings["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information";
    }

    protected override void Customize(WebApplicationBuilder builder) =>
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));

    private static string AddressOf(string host) => $"ReverseProxy:Clusters:{host}:Destinations:siro:Address";

    /// <summary>With its own disk for the spool, and Siro by a name.</summary>
    private async Task StartAsync(int index)
    {
        var mounts = _mounts[index];
        (string, string?)[] own = mounts is null ? [] :
        [
            ("Uploads:SpoolDirectory", mounts.Disk),
            .. _siro.Keys.Select(h => (AddressOf(h), (string?)new UriBuilder(Settings[AddressOf(h)]!) { Host = SiroName }.Uri.AbsoluteUri)),
        ];
        _processes[index] = await StartProcessBehindAsync(mounts?.Launcher, own);
    }

    private static void AssertSound(GatewayProcess process) => Assert.DoesNotContain(
        process.Output, line => Bad.Any(bad => line.Contains(bad, StringComparison.OrdinalIgnoreCase)));
}
