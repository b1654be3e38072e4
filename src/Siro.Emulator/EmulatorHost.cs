using System.Net;
using Siro.Emulator.Access;
using Siro.Emulator.Control;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;
using Siro.Emulator.OAuth;
using Siro.Emulator.Recordings;
using Siro.Emulator.Organizations;
using Siro.Emulator.Storage;
using Siro.Emulator.Sync;
using Siro.Emulator.Voip;
using Siro.Emulator.Webhooks;

namespace Siro.Emulator;

/// <summary>A running Siro by its published contracts: three API hosts, storage, the webhook sender and a telephone company.</summary>
public sealed class EmulatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Background _background = new();
    private readonly Dictionary<int, SiroHost> _ports = [];
    private readonly Pipeline _pipeline;
    private readonly ControlEndpoints _control;

    private EmulatorHost(EmulatorOptions options)
    {
        Options = options;
        State = new EmulatorState(options);
        Journal = new RequestJournal(options.JournalCapacity);
        Faults = new FaultPlan(options.Seed);
        Objects = new StoredObjects(options.DataDirectory, options.StorageBytes);
        Webhooks = new WebhookSender(options, Faults, _background);
        Recordings = new RecordingLife(State, options, Webhooks, _background);
        VoipProvider = new VoipProvider(options, Addresses);
        if (options.SeedDefaults)
        {
            State.SeedDefault();
        }

        _pipeline = new Pipeline(options, Journal, Faults, new Gate(State.Tokens, options), Tables());
        _control = new ControlEndpoints(this);
        _app = Build();
    }

    public EmulatorOptions Options { get; }

    /// <summary>Organizations, tokens, recordings, what was synced.</summary>
    public EmulatorState State { get; }

    /// <summary>The seeded organization and its credentials.</summary>
    public SeededOrganization Default => State.Default;

    public RequestJournal Journal { get; }

    public FaultPlan Faults { get; }

    /// <summary>The bucket.</summary>
    public StoredObjects Objects { get; }

    public WebhookSender Webhooks { get; }

    /// <summary>Moves recordings on by hand.</summary>
    public RecordingLife Recordings { get; }

    /// <summary>The telephone company.</summary>
    public VoipProvider VoipProvider { get; }

    public HostAddresses Addresses { get; } = new();

    /// <summary>Where the emulator is found: the external host, or the one port that all share.</summary>
    public Uri BaseAddress => new(Addresses.External, "/");

    public Uri External => Addresses.External;

    public Uri Platform => Addresses.Platform;

    public Uri Internal => Addresses.Internal;

    public Uri Storage => Addresses.Storage;

    public Uri Voip => Addresses.Voip;

    /// <summary>The host of the token endpoint, <c>oauth2/token</c>.</summary>
    public Uri Auth => Addresses.Auth;

    public Uri Control => Addresses.Control;

    /// <summary>What went wrong behind an answer; empty in a sound run.</summary>
    public IReadOnlyCollection<Exception> BackgroundFailures => _background.Failures;

    /// <summary>Starts on free ports of 127.0.0.1 (or those of the options).</summary>
    public static async Task<EmulatorHost> StartAsync(EmulatorOptions? options = null, CancellationToken cancel = default)
    {
        var host = new EmulatorHost(options ?? new EmulatorOptions());
        await host.ListenAsync(cancel);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _background.DisposeAsync();
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
        Webhooks.Dispose();
        Objects.Dispose();
    }

    private RouteTable[] Tables()
    {
        var tables = SiroHosts.All.Select(_ => new RouteTable()).ToArray();
        var external = tables[(int)SiroHost.External];
        var platform = tables[(int)SiroHost.Platform];
        new OAuthEndpoints(State, Options).Map(external);
        new OrganizationTokenEndpoints(State, Options).Map(external);
        new ClientTokenEndpoints(State, Options).Map(tables[(int)SiroHost.Auth]);
        new StorageEndpoints(Objects, new SignedUrls(Options.Time), Options, Addresses).Map(platform, tables[(int)SiroHost.Storage]);
        new CreateEndpoints(State, Objects, Recordings, Options).Map(platform);
        new ExternalRecordingEndpoints(State, Options).Map(external);
        new PlatformRecordingEndpoints(State, Recordings, Options).Map(platform);
        var organizations = new OrganizationEndpoints(Options);
        organizations.MapExternal(external);
        organizations.MapUserHosts(platform, tables[(int)SiroHost.Internal]);
        new SyncEndpoints(State).Map(external);
        VoipProvider.Map(tables[(int)SiroHost.Voip]);
        PublishedOperations.AddEchoes(external, SiroHost.External);
        PublishedOperations.AddEchoes(platform, SiroHost.Platform);
        return tables;
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            var listeners = Options.SeparatePorts ? SiroHosts.All.Length : 1;
            for (var i = 0; i < listeners; i++)
            {
                kestrel.Listen(IPAddress.Loopback, Options.Port == 0 ? 0 : Options.Port + i);
            }
        });
        var app = builder.Build();
        app.Run(RouteAsync);
        return app;
    }

    private async Task ListenAsync(CancellationToken cancel)
    {
        await _app.StartAsync(cancel);
        var ports = _app.Urls.Select(u => new Uri(u).Port).ToArray();
        for (var i = 0; i < SiroHosts.All.Length; i++)
        {
            Addresses.Set(SiroHosts.All[i], Options.SeparatePorts ? ports[i] : ports[0], !Options.SeparatePorts);
            if (Options.SeparatePorts)
            {
                _ports[ports[i]] = SiroHosts.All[i];
            }
        }
    }

    private Task RouteAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        if (path.StartsWith(SiroHosts.ControlPrefix + "/", StringComparison.Ordinal))
        {
            return _control.InvokeAsync(http, path[SiroHosts.ControlPrefix.Length..]);
        }

        if (Options.SeparatePorts)
        {
            var host = _ports[http.Connection.LocalPort];
            var own = Strip(path, host.BasePath());
            return _pipeline.InvokeAsync(http, host, own ?? path, own is not null);
        }

        foreach (var host in SiroHosts.All)
        {
            if (host.SharedPath().Length > 0 && Strip(path, host.SharedPath()) is { } rest)
            {
                return _pipeline.InvokeAsync(http, host, rest, routed: true);
            }
        }

        return _pipeline.InvokeAsync(http, SiroHost.Platform, path, routed: true);
    }

    private static string? Strip(string path, string prefix) =>
        prefix.Length == 0 ? path
        : path.StartsWith(prefix, StringComparison.Ordinal) && path.Length > prefix.Length && path[prefix.Length] == '/'
            ? path[prefix.Length..]
        : null;
}
