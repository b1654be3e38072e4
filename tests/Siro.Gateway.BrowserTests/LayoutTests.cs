using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>What is shown can be read: nothing is cut off, broken within a word, or said twice.</summary>
public sealed class LayoutTests(HubFixture console) : IClassFixture<HubFixture>
{
    /// <summary>The texts that each canvas shows, from its last drawing.</summary>
    internal const string KeepsWhatIsDrawn = """
        window.drawn = new Map();
        const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.clearRect = function (...given) { drawn.set(this, []); return clearRect.apply(this, given); };
        CanvasRenderingContext2D.prototype.fillText = function (text, ...given) {
          if (text !== '') drawn.get(this)?.push(text);
          return fillText.call(this, text, ...given);
        };
        """;

    [Theory]
    [InlineData(1280, "")]
    [InlineData(360, "")]
    [InlineData(1280, "?range=24h")]
    [InlineData(360, "?range=24h")]
    public async Task No_axis_of_a_chart_says_one_label_twice(int width, string range)
    {
        await using var tab = await console.OpenAsync(width > 500 ? ColorScheme.Light : ColorScheme.Dark, width);
        using var client = console.CreateClient();
        using var called = await client.GetAsync("/external/v1/core/users", TestContext.Current.CancellationToken);
        await Until.TrueAsync(
            async () => (await client.GetStringAsync("/v1/figures?range=1h", TestContext.Current.CancellationToken))
                .Contains("\"byClient\":{\"admin\"", StringComparison.Ordinal),
            "the call is counted");
        await tab.Page.AddInitScriptAsync(KeepsWhatIsDrawn);
        await tab.SignInAsync(at: "overview" + range);

        var chart = tab.Page.GetByRole(AriaRole.Img, new() { Name = "Calls of applications to Siro’s API a second, by client" });
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        await tab.PictureAsync($"charts-{width}{range.Replace('?', '-')}");
        var charts = await tab.Page.EvaluateAsync<string[][]>("[...drawn.values()].filter(texts => texts.length > 0)");
        Assert.NotEmpty(charts);
        Assert.All(charts, texts => Assert.Equal(texts.Distinct(StringComparer.Ordinal), texts));
        Assert.All(charts, texts => Assert.True(texts.Length >= 4, string.Join(' ', texts)));
    }

    [Theory]
    [InlineData("events")]
    [InlineData("deliveries")]
    public async Task Two_moments_of_a_filter_are_shown_whole(string page)
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: page + "?since=2026-10-20T22:50:00.000Z&until=2026-12-30T22:50:00.000Z");

        foreach (var label in new[] { "From", "To" })
        {
            var given = await tab.Page.GetByLabel(label, new() { Exact = true }).EvaluateAsync<float[]>(
                "i => { const has = i.offsetWidth; i.style.width = 'max-content'; return [has, i.offsetWidth]; }");
            Assert.True(given[0] >= given[1], $"{label} has {given[0]} of {given[1]} pixels");
        }

        await tab.PictureAsync("moments-" + page);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(900)]
    [InlineData(360)]
    public async Task No_word_of_the_operations_is_broken(int width)
    {
        await using var tab = await console.OpenAsync(width > 500 ? ColorScheme.Light : ColorScheme.Dark, width);
        await tab.SignInAsync(at: "operations");
        await Expect(tab.Page.Locator("tbody tr").First).ToBeVisibleAsync();
        await tab.PictureAsync($"operations-all-{width}");

        var broken = await tab.Page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('tbody td:not(:first-child) *, tbody td:not(:first-child)')]
              .flatMap(e => [...e.childNodes]).filter(n => n.nodeType === Node.TEXT_NODE)
              .flatMap(text => [...text.data.matchAll(/\S+/g)].filter(word => {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                return range.getClientRects().length > 1;
              }).map(word => word[0]))
            """);
        Assert.Empty(broken);
    }

    [Fact]
    public async Task A_moment_that_has_come_is_not_ahead_any_more()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync();

        var told = await tab.Page.EvaluateAsync<string[]>("""
            (async () => {
              const { ahead } = await import(new URL('format.js', document.querySelector('script[type=module]').src));
              const at = '2026-01-31T12:00:00Z', now = Date.parse(at);
              return [ahead(at, now - 90000), ahead(at, now - 6000), ahead(at, now - 400), ahead(at, now), ahead(at, now + 60000)];
            })()
            """);

        Assert.Equal(["in 1 min", "in 6 s", "now", "now", "now"], told);
    }
}
