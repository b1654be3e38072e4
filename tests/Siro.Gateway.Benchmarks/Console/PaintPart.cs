using System.Globalization;
using Microsoft.Playwright;
using Siro.Gateway.Benchmarks.Hosting;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary>The page in Chromium with its processor slowed four times: the first paint with an empty cache, and finding an event by the
/// keyboard.</summary>
internal sealed class PaintPart(Uri gateway, FullStore store, ConsoleOptions options, IAnsiConsole console)
{
    private const int Times = 7;
    private const int Slower = 4;
    private const string FirstPaint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1";
    private const string Weight =
        "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].reduce((sum, e) => sum + "
            + "e.encodedBodySize, 0)";

    public async Task RunAsync()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Tools.Need("chromium", "chromium"),
            Args = ["--no-sandbox", "--disable-gpu"] });
        var (signIn, overview, find, weight) = (new List<double>(), new List<double>(), new List<double>(), 0.0);
        var wanted = await store.AtAsync((options.Events - options.Dead) / 3);
        for (var i = 0; i < Times; i++)
        {
            await using var context = await browser.NewContextAsync(new() { BaseURL = gateway.AbsoluteUri,
                ViewportSize = new() { Width = 1280, Height = 860 } });
            var page = await context.NewPageAsync();
            var session = await context.NewCDPSessionAsync(page);
            await session.SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string,
                object>(StringComparer.Ordinal) { ["rate"] = Slower });
            await page.GotoAsync("/console");
            await page.GetByLabel("API key").WaitForAsync();
            signIn.Add(await page.EvaluateAsync<double>(FirstPaint));
            weight = await page.EvaluateAsync<double>(Weight);
            await page.GetByLabel("API key").FillAsync(GatewaySettings.ApiKey);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
            await page.Locator(".frame").WaitForAsync();

            // Signed in and with an empty cache: what the operator sees who opens the console at night.
            await session.SendAsync("Network.clearBrowserCache");
            await page.GotoAsync("about:blank");
            await page.GotoAsync("/console#/overview");
            await page.Locator(".figures").WaitForAsync();
            overview.Add(await page.EvaluateAsync<double>(FirstPaint));

            await page.GotoAsync("/console#/events");
            await page.Locator("tbody tr").First.WaitForAsync();
            await page.GetByLabel("Search", new() { Exact = true }).FillAsync(wanted.Text);
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            await page.Keyboard.PressAsync("Enter");
            await page.GetByText(wanted.Id).WaitForAsync();
            find.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        string Ms(IReadOnlyList<double> values) =>
            string.Create(CultureInfo.InvariantCulture, $"{Median.Of(values):0} ms ({values.Min():0} to {values.Max():0})");
        console.MarkupLineInterpolated(
            $"Chromium, processor {Slower} times slower, empty cache: {weight / 1000:0.0} kB before the first chart.");
        console.MarkupLineInterpolated($"First contentful paint of the sign-in {Ms(signIn)}, of the overview {Ms(overview)}.");
        console.MarkupLineInterpolated($"From Enter to an event found by its text {Ms(find)}.");
    }
}
