using Siro.Emulator;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>A fresh emulator for each test.</summary>
public abstract class EmulatorTest : IAsyncLifetime
{
    private EmulatorHost? _siro;
    private EmulatorCaller? _call;

    protected EmulatorHost Siro => _siro!;

    internal EmulatorCaller Call => _call!;

    protected virtual EmulatorOptions Options => new() { ProcessingDelay = TimeSpan.Zero, LinkingDelay = TimeSpan.Zero };

    public async ValueTask InitializeAsync()
    {
        _siro = await EmulatorHost.StartAsync(Options, TestContext.Current.CancellationToken);
        _call = new EmulatorCaller(_siro);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _call!.Dispose();
        Assert.Empty(_siro!.BackgroundFailures);
        await _siro.DisposeAsync();
    }

    /// <summary>Waits for something that happens in the background.</summary>
    protected static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    protected static string Asset(string name) => Path.Combine(
        typeof(EmulatorTest).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
            .Cast<System.Reflection.AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!, "tests", "assets", name);
}
