using System.Diagnostics;
using System.Text.Json;
using Siro.Emulator;
using Siro.Sandbox.Gateway;
using Siro.Sandbox.Processes;
using Siro.Sandbox.Store;
using Siro.Sandbox.Subscribers;
using Siro.Sandbox.Terminal;

namespace Siro.Sandbox;

/// <summary>The running whole: store, emulator, two subscribers, gateway.</summary>
internal sealed class Sandbox : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();

    private Sandbox(string folder, SandboxSecrets secrets)
    {
        Folder = folder;
        Secrets = secrets;
    }

    /// <summary>Configuration, secrets, logs and the store's files.</summary>
    public string Folder { get; }

    public SandboxSecrets Secrets { get; }

    public Uri Address { get; private set; } = null!;

    public int StorePort { get; private set; }

    public EmulatorHost Siro { get; private set; } = null!;

    public ChildProcess Gateway { get; private set; } = null!;

    public ChildProcess Store { get; private set; } = null!;

    /// <summary>Gets <c>recording.ready</c>, once for each recording.</summary>
    public SampleSubscriber CrmWriter { get; private set; } = null!;

    /// <summary>Gets Siro's own two events.</summary>
    public SampleSubscriber Analytics { get; private set; } = null!;

    private static string MakeFolder(string data)
    {
        try
        {
            return Directory.CreateDirectory(data).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SandboxException($"The directory {data} can't be made: {e.Message} Choose another with --data.");
        }
    }

    public static async Task<Sandbox> StartAsync(SandboxOptions options, Screen screen, CancellationToken cancel)
    {
        var folder = options.Data is { } data ? MakeFolder(data) : Directory.CreateTempSubdirectory("siro-sandbox-").FullName;
        var cleanup = new FolderCleanup(folder, options.Data is null);
        Sandbox sandbox;
        try
        {
            sandbox = new Sandbox(folder, new SandboxSecrets(Path.Combine(folder, "keys")));
        }
        catch
        {
            await cleanup.DisposeAsync();
            throw;
        }

        sandbox._parts.Push(cleanup);
        try
        {
            await sandbox.StartAsync(options, screen, new Uri("http://127.0.0.1"), cancel);
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartAsync(SandboxOptions options, Screen screen, Uri loopback, CancellationToken cancel)
    {
        _parts.Push(FolderLock.Take(Folder));
        Directory.CreateDirectory(Path.Combine(Folder, "logs"));
        StorePort = Ports.Choose("--store-port", options.StorePort, 5182);
        var emulatorPort = Ports.Choose("--emulator-port", options.EmulatorPort, 5181);
        var gatewayPort = Ports.Choose("--gateway-port", options.GatewayPort, 5180);
        Address = new UriBuilder(loopback) { Port = gatewayPort }.Uri;
        var watchdog = Watchdog.Start();
        _parts.Push(watchdog);

        await TimedAsync(screen, "store", $"127.0.0.1:{StorePort}", async () =>
            _parts.Push(Store = await EmbeddedStore.StartAsync(StorePort, Path.Combine(Folder, "store"),
                Path.Combine(Folder, "logs", "store.log"), watchdog, cancel)));
        await TimedAsync(screen, "emulator of Siro", $"http://127.0.0.1:{emulatorPort}/", async () =>
            _parts.Push(Siro = await EmulatorHost.StartAsync(new EmulatorOptions
            {
                Port = emulatorPort,
                SeparatePorts = false,
                OrganizationToken = Secrets.OrganizationToken,
                ClientSecret = Secrets.ClientSecret,
                LinkingDelay = TimeSpan.FromMilliseconds(300),
            }, cancel)));
        SeedAppointment();
        await TimedAsync(screen, "two subscribers", "crm-writer, analytics", async () =>
        {
            _parts.Push(CrmWriter = await SampleSubscriber.StartAsync("crm-writer", Secrets.Subscriber("crm-writer"), cancel));
            _parts.Push(Analytics = await SampleSubscriber.StartAsync("analytics", Secrets.Subscriber("analytics"), cancel));
        });
        await TimedAsync(screen, "gateway", Address.AbsoluteUri, async () =>
            _parts.Push(Gateway = await GatewayProcess.StartAsync(Address, StorePort, Siro, [CrmWriter, Analytics], Secrets, Folder,
                watchdog, cancel)));
        Siro.Default.Organization.Webhooks.Add(
            new Uri(Address, $"v1/webhooks/siro/{GatewayProcess.Organization}"), Secrets.SiroWebhookSecret);
    }

    /// <summary>
    /// An appointment of the first rep that lasts all day, so that what a user uploads by hand is linked to it, as Siro does by rep and
    /// time.
    /// </summary>
    private void SeedAppointment()
    {
        var now = TimeProvider.System.GetUtcNow();
        var rep = Siro.Default.Users[0];
        Siro.State.Crm(Siro.Default.Organization).SyncEngagement(JsonSerializer.SerializeToElement(new
        {
            externalId = "appt-today",
            subject = "The first rep's appointment of today",
            startTime = now.AddHours(-12),
            endTime = now.AddDays(7),
            engagementUsers = new[] { new { externalId = rep.ExternalId, email = rep.Email } },
        }));
    }

    private static async Task TimedAsync(Screen screen, string what, string where, Func<Task> start)
    {
        var started = Stopwatch.GetTimestamp();
        await start();
        screen.Started(what, where, Stopwatch.GetElapsedTime(started));
    }
}
