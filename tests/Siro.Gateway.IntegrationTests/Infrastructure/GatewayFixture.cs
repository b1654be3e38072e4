using Microsoft.AspNetCore.Builder;
using Siro.Emulator;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// An emulator, a store (Redis, or Garnet where there is none) and a gateway in process, ready to be called. For a test class:
/// <c>class XTests(GatewayFixture gateway) : IClassFixture&lt;GatewayFixture&gt;</c>; where other settings are needed, derive from it.
/// Tests of one class run one after another and share the journal: note <c>Emulator.Journal.Last</c> and read from there.
/// </summary>
public class GatewayFixture : IAsyncLifetime
{
    private EmulatorHost? _emulator;
    private StoreServer? _store;
    private Dictionary<string, string?>? _settings;
    private GatewayInProcess? _gateway;

    public EmulatorHost Emulator => Of(_emulator);

    public StoreServer Store => Of(_store);

    public GatewayInProcess Gateway => Of(_gateway);

    /// <summary>The settings that the gateway was started with; take a copy to start further ones on the same emulator and store.</summary>
    public Dictionary<string, string?> Settings => Of(_settings);

    /// <summary>What this machine lacks and how to get it, or null. A test that asks the fixture for anything is skipped with it.</summary>
    protected virtual string? Missing => null;

    /// <summary>False for fixtures whose tests start gateways themselves.</summary>
    protected virtual bool StartsGateway => true;

    /// <summary>Ready at once: the emulator's first three users.</summary>
    public IReadOnlyList<string> Users => [.. Emulator.Default.Users.Select(u => u.Id)];

    public virtual async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        _emulator = await EmulatorHost.StartAsync(CreateEmulatorOptions());
        _store = await CreateStoreAsync();
        _settings = GatewaySettings.For(Emulator, Store.LenientConfiguration);
        await ConfigureAsync(Settings);
        if (StartsGateway)
        {
            _gateway = await GatewayInProcess.StartAsync(Settings, Customize, Map);
        }
    }

    /// <summary>A client of the gateway in process that sends this API key.</summary>
    public HttpClient CreateClient(string? apiKey = GatewaySettings.AdminKey) => Gateway.CreateClient(apiKey);

    /// <summary>A further gateway as a process of its own, on the same emulator and store. Dispose it.</summary>
    public Task<GatewayProcess> StartProcessAsync(params (string Key, string? Value)[] changes) => GatewayProcess.StartAsync(With(changes));

    /// <summary>The same of another build.</summary>
    public Task<GatewayProcess> StartProcessOfAsync(string dll, params (string Key, string? Value)[] changes) =>
        GatewayProcess.StartAsync(dll, With(changes));

    /// <summary>The same behind a command that becomes it.</summary>
    public Task<GatewayProcess> StartProcessBehindAsync(IReadOnlyList<string>? launcher, params (string Key, string? Value)[] changes) =>
        GatewayProcess.StartAsync(GatewayProcess.Dll, With(changes), launcher);

    /// <summary>A further gateway in process. Dispose it.</summary>
    public Task<GatewayInProcess> StartInProcessAsync(
        Action<WebApplicationBuilder>? customize = null, params (string Key, string? Value)[] changes) =>
        GatewayInProcess.StartAsync(With(changes), customize);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        if (_emulator is not null)
        {
            await _emulator.DisposeAsync();
        }
    }

    protected virtual EmulatorOptions CreateEmulatorOptions() => new();

    protected virtual async Task<StoreServer> CreateStoreAsync() =>
        StoreServer.RedisMissing is null ? await RedisServer.StartAsync() : await GarnetPool.TakeAsync();

    /// <summary>Changes the settings before the gateway starts.</summary>
    protected virtual Task ConfigureAsync(Dictionary<string, string?> settings) => Task.CompletedTask;

    /// <summary>Changes the host before it is built.</summary>
    protected virtual void Customize(WebApplicationBuilder builder)
    {
    }

    /// <summary>Maps what a test needs beyond the product.</summary>
    protected virtual void Map(WebApplication app)
    {
    }

    private T Of<T>(T? part)
        where T : class
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        return part ?? throw new InvalidOperationException($"This fixture starts no {typeof(T).Name}.");
    }

    private Dictionary<string, string?> With((string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Settings, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return settings;
    }
}
