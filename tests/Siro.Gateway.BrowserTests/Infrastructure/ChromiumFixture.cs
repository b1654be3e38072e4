using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;

[assembly: AssemblyFixture(typeof(ChromiumFixture))]

namespace Siro.Gateway.BrowserTests.Infrastructure;

/// <summary>
/// One Chromium of the system's for the whole run: each test opens a context of its own, which shares nothing with others.
/// </summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Chromium's path, or null where it is not installed.</summary>
    /// <remarks>
    /// First the one that draws no window, as Playwright prefers: the same engine in little more than half of the processors' time.
    /// </remarks>
    public static string? Program { get; } = new[] { "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome" }
        .SelectMany(n => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(d => Path.Combine(d, n)))
        .FirstOrDefault(File.Exists);

    /// <summary>Why no browser test can run here, or null.</summary>
    public static string? Missing { get; } = Program is null
        ? "chromium is not installed: 'apt-get install chromium-headless-shell' (Debian), or any Chromium on the PATH"
        : null;

    public IBrowser Browser => _browser ?? throw new InvalidOperationException(Missing);

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(20_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
