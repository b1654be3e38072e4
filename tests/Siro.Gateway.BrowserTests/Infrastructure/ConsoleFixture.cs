using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.BrowserTests.Infrastructure;

/// <summary>
/// A gateway in process on a real Kestrel with its emulator and store. Tests of one class share it and open their own contexts.
/// </summary>
public class ConsoleFixture(ChromiumFixture chromium) : GatewayFixture, IAsyncLifetime
{
    /// <summary>Where the pictures of the run go.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(
        Environment.GetEnvironmentVariable("SIRO_CONSOLE_PICTURES") ?? Path.Combine(AppContext.BaseDirectory, "pictures"))).FullName;

    protected override string? Missing => ChromiumFixture.Missing;

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeAsync();
        await CloseAsync();
    }

    /// <summary>Closes what a derived fixture opened.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>A browser of its own, watched: see <see cref="ConsoleTab.Complaints"/>. Skips the test where there is none.</summary>
    public async Task<ConsoleTab> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 860, Uri? at = null)
    {
        Assert.SkipWhen(ChromiumFixture.Missing is not null, ChromiumFixture.Missing ?? "");
        var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (at ?? Gateway.Address).AbsoluteUri,
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            Locale = "en-GB",
            TimezoneId = "Europe/Copenhagen",
            ReducedMotion = ReducedMotion.Reduce,
        });
        var tab = new ConsoleTab(context, await context.NewPageAsync(), at ?? Gateway.Address);
        return tab;
    }
}

/// <summary>One tab, and what it complained of.</summary>
public sealed class ConsoleTab : IAsyncDisposable
{
    private readonly List<string> _complaints = [];
    private readonly List<string> _requests = [];

    internal ConsoleTab(IBrowserContext context, IPage page, Uri origin)
    {
        Context = context;
        Page = page;
        page.SetDefaultTimeout(30_000);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                lock (_complaints)
                {
                    _complaints.Add($"{message.Type}: {message.Text}");
                }
            }
        };
        page.PageError += (_, error) =>
        {
            lock (_complaints)
            {
                _complaints.Add("exception: " + error);
            }
        };
        page.Request += (_, request) =>
        {
            lock (_requests)
            {
                _requests.Add(request.Url);
                if (!request.Url.StartsWith(origin.AbsoluteUri, StringComparison.Ordinal))
                {
                    lock (_complaints)
                    {
                        _complaints.Add("request outside the origin: " + request.Url);
                    }
                }
            }
        };
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>
    /// Errors and warnings of the browser's console (violations of the policy among them), exceptions, requests outside the origin.
    /// </summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Forgets what was complained of so far: for tests that cause it.</summary>
    public void Forgive()
    {
        lock (_complaints)
        {
            _complaints.Clear();
        }
    }

    /// <summary>Opens the console and signs in by key.</summary>
    public async Task<ConsoleTab> SignInAsync(string apiKey = GatewaySettings.AdminKey, string at = "overview")
    {
        await Page.GotoAsync($"/console#/{at}");
        await Page.GetByLabel("API key").FillAsync(apiKey);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Page.Locator(".frame").WaitForAsync();
        return this;
    }

    public async Task<ConsoleTab> GoAsync(string at)
    {
        await Page.GotoAsync($"/console#/{at}");
        return this;
    }

    /// <summary>Waits until nothing is loading.</summary>
    public Task SettledAsync() => Assertions.Expect(Page.GetByLabel("Loading", new() { Exact = true })).ToHaveCountAsync(0);

    /// <summary>A picture of the whole page, an output of the run.</summary>
    public async Task PictureAsync(string name)
    {
        await SettledAsync();
        await Page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleFixture.Pictures, name + ".png"), FullPage = true,
            Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>The serious findings of axe-core, as text.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync()
    {
        var found = await Page.RunAxe();
        return [.. found.Violations
            .Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(4).Select(n => n.Html))}")];
    }

    public ValueTask DisposeAsync() => Context.DisposeAsync();
}
