using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>An emulator and a Redis of the test's own.</summary>
public abstract class CredentialTest : IAsyncLifetime
{
    private RedisServer? _redis;
    private EmulatorHost? _emulator;

    protected EmulatorHost Emulator => _emulator!;

    protected RedisServer Redis => _redis!;

    /// <summary>The store as replicas have it: only where a test takes it away they wait as briefly for it as at an operator's.</summary>
    protected virtual string StoreConfiguration => Redis.LenientConfiguration;

    /// <summary>The user tokens that Siro has given out.</summary>
    private protected IReadOnlyList<Token> UserTokens => [.. Emulator.State.Tokens.All.Where(t => t.User is not null)];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(StoreServer.RedisMissing is null, StoreServer.RedisMissing ?? "");
        _redis = await RedisServer.StartAsync("--appendfsync", "no");
        _emulator = await EmulatorHost.StartAsync(new EmulatorOptions { RateLimit = 0 }, Cancel);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_emulator is not null)
        {
            await _emulator.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    private protected Task<Replica> StartReplicaAsync(
        Action<Dictionary<string, string?>>? settings = null, CredentialTimings? timings = null,
        Action<Microsoft.Extensions.DependencyInjection.IServiceCollection>? services = null) =>
        Replica.StartAsync(Emulator, StoreConfiguration, settings, timings, services);
}
