using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Credentials;

/// <summary>A clock, a fleet's store and a Siro in memory, with replicas on them.</summary>
internal sealed class World
{
    public static readonly OrganizationKey Acme = new("acme");

    public WatchedClock Clock { get; } = new();

    public CredentialTimings Timings { get; init; } = new() { RenewJitter = 0 };

    public TimeSpan Life { get; init; } = TimeSpan.FromHours(16);

    public MemoryTokens Shared { get; private set; } = null!;

    public FakeMint Mint { get; private set; } = null!;

    public World Begin()
    {
        Shared = new MemoryTokens(this);
        Mint = new FakeMint(this);
        return this;
    }

    public Node Replica() => new(this);
}

/// <summary>One replica.</summary>
internal sealed class Node
{
    private readonly World _world;

    public Node(World world)
    {
        _world = world;
        Settings = new ChangingSettings(new SiroOptions
        {
            Organizations =
            {
                ["acme"] = new OrganizationOptions
                {
                    OrganizationToken = new Secret("org-token"),
                    OAuth = new OAuthAppOptions { ClientId = "app", ClientSecret = new Secret("app-secret"), TokenLifetime = world.Life },
                },
                ["bare"] = new OrganizationOptions { OrganizationToken = new Secret("bare-token") },
            },
        });
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        Organizations = new OrganizationCredentials(
            Settings, world.Timings, world.Clock, new Randomness(), NullLogger<OrganizationCredentials>.Instance);
        Users = new MintedTokens(
            world.Shared, world.Mint, world.Clock, new StoreClock(world.Clock), world.Timings, new CredentialMetrics(meters),
            new Randomness(), NullLogger<MintedTokens>.Instance);
        Reload = new OrganizationTokenReload(
            Organizations, new Microsoft.Extensions.Configuration.ConfigurationManager(), world.Clock, world.Timings,
            NullLogger<OrganizationTokenReload>.Instance);
        Credentials = new SiroCredentials(
            Organizations, Users, Reload, new CredentialMetrics(meters), world.Clock, world.Timings, NullLogger<SiroCredentials>.Instance);
        Renewal = new TokenRenewal(Organizations, Users, world.Shared, world.Clock, world.Timings, NullLogger<TokenRenewal>.Instance);
        world.Shared.Follow((name, dropped) =>
        {
            foreach (var app in Organizations.Issuers)
            {
                if (app.TryFind(name, out var slot))
                {
                    MintedTokens.Hear(slot, dropped);
                }
            }
        });
    }

    public ChangingSettings Settings { get; }

    public OrganizationCredentials Organizations { get; }

    public OrganizationTokenReload Reload { get; }

    public MintedTokens Users { get; }

    public ISiroCredentials Credentials { get; }

    public TokenRenewal Renewal { get; }

    public static SiroRequest Request(
        SiroHost host = SiroHost.Platform, TokenScope scope = TokenScope.Read, string? user = "rep", string organization = "acme") => new()
    {
        Organization = new OrganizationKey(organization),
        Host = host,
        Client = new ClientName("client"),
        ActingUser = user is null ? null : new UserId(user),
        Scope = scope,
        Operation = "GET /test",
    };

    public async Task<string> TokenAsync(SiroRequest? request = null) =>
        (await Credentials.GetAsync(request ?? Request(), TestContext.Current.CancellationToken)).Value.Reveal();

    public ValueTask<SiroCredential> GetAsync(SiroRequest? request = null) =>
        Credentials.GetAsync(request ?? Request(), TestContext.Current.CancellationToken);

    /// <summary>The credential, which is there without waiting.</summary>
    public SiroCredential AtOnce(SiroRequest request)
    {
        var task = Credentials.GetAsync(request, CancellationToken.None);
        Assert.True(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Siro answered 401 to this credential; whether it is worth sending again.</summary>
    public ValueTask<bool> RefusedAsync(SiroCredential credential, SiroRequest? request = null) =>
        Credentials.RefusedAsync(request ?? Request(), credential, TestContext.Current.CancellationToken);

    /// <summary>One call to an operation: the tokens it was sent with, as the Siro client does it.</summary>
    public async Task<IReadOnlyList<string>> CallAsync(Func<string, bool> accepts)
    {
        var first = await GetAsync();
        if (accepts(first.Value.Reveal()) || !await RefusedAsync(first))
        {
            return [first.Value.Reveal()];
        }

        return [first.Value.Reveal(), await TokenAsync()];
    }

    /// <summary>
    /// The tokens that one call to <paramref name="host"/> was sent with, as the Siro client sends it again: the last is the one that was
    /// taken, or not.
    /// </summary>
    public async Task<IReadOnlyList<string>> SendAsync(SiroHost host, Func<string, bool> accepts)
    {
        var request = Request(host);
        var sent = new List<string>();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var credential = await GetAsync(request);
            sent.Add(credential.Value.Reveal());
            if (accepts(sent[^1]) || !await RefusedAsync(credential, request))
            {
                break;
            }
        }

        return sent;
    }

    public async Task<string> CodeAsync(SiroRequest? request = null)
    {
        var e = await Assert.ThrowsAsync<ProblemException>(async () => await GetAsync(request));
        return e.Problem.Code;
    }
}

/// <summary>Siro's mint.</summary>
internal sealed class FakeMint(World world) : ITokenMint
{
    private int _count;
    private int _clientCount;

    /// <summary>How often it was asked.</summary>
    public int Count => _count;

    /// <summary>How often it was asked for a client token.</summary>
    public int ClientCount => _clientCount;

    /// <summary>The end of the next mints of client tokens; null for a token.</summary>
    public MintResult? ClientAnswer { get; set; }

    /// <summary>The end of the next mints; null for a token.</summary>
    public MintResult? Answer { get; set; }

    /// <summary>Mints wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public MintFor LastFor { get; private set; }

    public async Task<MintResult> MintAsync(TokenIssuer app, TokenKey key, MintFor mintFor, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _count);
        LastFor = mintFor;
        var sentAt = world.Clock.GetTimestamp();
        await Gate.WaitAsync(cancellationToken);
        if (app is ClientApp && Interlocked.Increment(ref _clientCount) > 0 && ClientAnswer is { } ended)
        {
            return ended;
        }

        var value = app is ClientApp ? $"client-{number}" : $"{key.User}-{key.Scope}-{number}";
        return Answer
            ?? new MintResult(MintOutcome.Minted, new ObtainedToken(new Secret(value), $"id{number}", app.Life, app.Life, sentAt));
    }
}

/// <summary>The fleet's store by the test's clock.</summary>
internal sealed class MemoryTokens(World world) : ISharedTokens
{
    private readonly Dictionary<string, (ObtainedToken Token, TimeSpan Ends)> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Id, TimeSpan Ends)> _guards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _blocked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leases = new(StringComparer.Ordinal);
    private readonly List<Action<string, string?>> _followers = [];
    private readonly Lock _gate = new();
    private int _calls;

    public bool Down { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Calls => _calls;

    private TimeSpan Now => world.Clock.GetElapsedTime(0);

    public Task<SharedTokenState> FindAsync(TokenKey key, CancellationToken cancellationToken) => Task.FromResult(StateOf(key));

    public Task<IMintLease?> TryLeaseMintAsync(TokenKey key, CancellationToken cancellationToken)
    {
        Ask();
        lock (_gate)
        {
            return Task.FromResult<IMintLease?>(_leases.Add(key.Name) ? new MintLease(this, key, StateOf(key)) : null);
        }
    }

    public Task<(RefusalVerdict Verdict, TimeSpan Guard)> RefuseAsync(TokenKey key, string tokenId, CancellationToken cancellationToken)
    {
        Ask();
        lock (_gate)
        {
            string? id = _tokens.TryGetValue(key.Name, out var stored) && stored.Ends > Now ? TokenHash.Of(stored.Token.Value) : null;
            if (id is not null && id != tokenId)
            {
                return Task.FromResult((RefusalVerdict.Newer, TimeSpan.Zero));
            }

            if (_guards.TryGetValue(key.Name, out var guard) && guard.Ends > Now)
            {
                return Task.FromResult(id is null && guard.Id == tokenId ? (RefusalVerdict.Handled,
                    TimeSpan.Zero) : (RefusalVerdict.Guarded, guard.Ends - Now));
            }

            _guards[key.Name] = (tokenId, Now + world.Timings.Guard);
            _tokens.Remove(key.Name);
            return Task.FromResult((RefusalVerdict.Dropped, TimeSpan.Zero));
        }
    }

    public Task BarAsync(TokenKey key, CancellationToken cancellationToken)
    {
        Ask();
        lock (_gate)
        {
            _blocked[key.Name] = Now + world.Timings.Blocked;
        }

        return Task.CompletedTask;
    }

    public ValueTask AnnounceDropAsync(TokenKey key, string tokenId)
    {
        Announce(key.Name, tokenId);
        return ValueTask.CompletedTask;
    }

    public IDisposable Follow(Action<string, string?> changed)
    {
        _followers.Add(changed);
        return new CancellationTokenSource();
    }

    private SharedTokenState StateOf(TokenKey key)
    {
        Ask();
        lock (_gate)
        {
            var token = _tokens.TryGetValue(key.Name, out var stored) && stored.Ends > Now
                ? stored.Token with { Left = stored.Ends - Now, SeenAt = world.Clock.GetTimestamp() }
                : null;
            return new SharedTokenState(token, _blocked.TryGetValue(key.Name, out var blocked) && blocked > Now ? blocked - Now : null);
        }
    }

    private void Announce(string name, string? dropped)
    {
        if (!Down)
        {
            _followers.ForEach(f => f(name, dropped));
        }
    }

    private void Ask()
    {
        Interlocked.Increment(ref _calls);
        if (Down)
        {
            throw new StoreUnavailableException("down");
        }
    }

    private sealed class MintLease(MemoryTokens tokens, TokenKey key, SharedTokenState state) : IMintLease
    {
        public SharedTokenState State { get; } = state;

        public Task<bool> KeepAsync(ObtainedToken token, CancellationToken cancellationToken)
        {
            tokens.Ask();
            lock (tokens._gate)
            {
                tokens._tokens[key.Name] = (token, tokens.Now + token.Left);
            }

            return Task.FromResult(true);
        }

        public ValueTask DisposeAsync()
        {
            lock (tokens._gate)
            {
                tokens._leases.Remove(key.Name);
            }

            tokens.Announce(key.Name, null);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>Settings that a test changes.</summary>
internal sealed class ChangingSettings(SiroOptions options) : ISettings<SiroOptions>
{
    private readonly List<Action<SiroOptions>> _followers = [];

    public SiroOptions Current { get; private set; } = options;

    public IDisposable OnChange(Action<SiroOptions> changed)
    {
        _followers.Add(changed);
        return new CancellationTokenSource();
    }

    /// <summary>A client app beside what is configured, and the kind of credential that is in force.</summary>
    public void Choose(CredentialChoice choice, string clientSecret = "client-secret")
    {
        var acme = Current.Organizations["acme"];
        Current = new SiroOptions
        {
            Organizations =
            {
                ["acme"] = new OrganizationOptions
                {
                    OrganizationToken = acme.OrganizationToken,
                    OAuth = acme.OAuth,
                    Credential = choice,
                    ClientCredentials = new ClientCredentialsOptions { ClientId = "client", ClientSecret = new Secret(clientSecret) },
                },
            },
        };
        _followers.ForEach(f => f(Current));
    }

    public void Change(string token, string secret, TimeSpan life)
    {
        Current = new SiroOptions
        {
            Organizations =
            {
                ["acme"] = new OrganizationOptions
                {
                    OrganizationToken = new Secret(token),
                    OAuth = new OAuthAppOptions { ClientId = "app", ClientSecret = new Secret(secret), TokenLifetime = life },
                },
            },
        };
        _followers.ForEach(f => f(Current));
    }
}
