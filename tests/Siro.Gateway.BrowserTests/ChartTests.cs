using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>Charts say the same thing the same way, and leave room for what stands beside them.</summary>
public sealed class ChartTests(HubFixture console) : IClassFixture<HubFixture>
{
    [Fact]
    public async Task One_name_has_one_color_in_every_chart()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync();

        var given = await tab.Page.EvaluateAsync<int[][]>("""
            (async () => {
              const { colors } = await import(new URL('chart.js', document.querySelector('script[type=module]').src));
              return [['events in', 'delivered', 'failed attempts'], ['delivered', 'failed attempts'], ['billing', 'crm'],
                ['crm', 'billing'], ['crm', 'other', 'third', 'fourth', 'fifth', 'others']].map(colors);
            })()
            """);

        Assert.Equal(given[0][1..], given[1]);
        Assert.Equal(given[2], given[3].Reverse());
        Assert.Equal(given[2][1], given[4][0]);
        Assert.All(given, chart => Assert.Equal(chart.Distinct(), chart));
    }

    [Fact]
    public async Task A_button_covers_no_line_and_an_empty_chart_leaves_no_hole()
    {
        await using var tab = await console.OpenAsync();
        await tab.Page.AddInitScriptAsync(LayoutTests.KeepsWhatIsDrawn);
        await tab.Page.RouteAsync("**/v1/figures?*", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """
                {"times":["2026-01-31T12:00:00Z","2026-01-31T12:01:00Z","2026-01-31T12:02:00Z"],"stepSeconds":60,
                "calls":{"byClient":{"billing":[0,0.017,0]},"byStatus":{}}}
                """,
        }));
        await tab.SignInAsync();
        var chart = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Calls by client" });
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        await tab.PictureAsync("chart-beside-none");
        var beside = await tab.Page.GetByRole(AriaRole.Region, new() { Name = "Calls by status" }).BoundingBoxAsync();
        Assert.Equal((await chart.BoundingBoxAsync())!.Height, beside!.Height, 1f);
        Assert.Contains("1", await tab.Page.EvaluateAsync<string[]>("[...drawn.values()].flat()"));

        await tab.GoAsync("start");
        await Expect(tab.Page.Locator(".code")).Not.ToHaveCountAsync(0);
        foreach (var code in await tab.Page.Locator(".code.wide").AllAsync())
        {
            var (text, button) = (await code.Locator("pre").BoundingBoxAsync(), await code.Locator(".copy").BoundingBoxAsync());
            Assert.True(text!.X + text.Width <= button!.X, "the button covers the lines");
        }

        await tab.PictureAsync("first-day");
        await tab.Page.SetViewportSizeAsync(360, 780);
        await tab.PictureAsync("first-day-360");
    }
}
