using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>One server for a class of tests, and a replica's view of it.</summary>
public abstract class StoreFixture : IAsyncLifetime
{
    private StoreHarness? _harness;

    public StoreServer Server { get; private set; } = null!;

    /// <summary>Why the server can't be had here; null when it can.</summary>
    public virtual string? Missing => null;

    internal StoreHarness Replica => _harness!;

    public async ValueTask InitializeAsync()
    {
        if (Missing is null)
        {
            Server = await StartAsync();
            _harness = new StoreHarness(Server.Configuration);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    protected abstract Task<StoreServer> StartAsync();
}
