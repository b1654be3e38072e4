using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

[Collection(HubCollection.Name)]
public sealed class StoreTests(HubFixture console)
{
    [Fact]
    public async Task A_lost_store_is_told_on_the_page_which_comes_back_by_itself()
    {
        await using var tab = await console.OpenAsync();
        await console.TestEventAsync();
        await tab.SignInAsync(at: "events");
        await Expect(tab.Page.Locator("tbody tr").First).ToBeVisibleAsync();

        console.Store.Pause();
        try
        {
            await tab.Page.GetByLabel("Type").SelectOptionAsync("recording.deleted");
            await Expect(tab.Page.GetByRole(AriaRole.Alert).Filter(
                new() { HasText = "The store does not answer." }).First).ToBeVisibleAsync(new() { Timeout = 30_000 });
        }
        finally
        {
            console.Store.Resume();
        }

        await Expect(tab.Page.GetByText("No event fits")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(tab.Page.Locator(".bar")).ToHaveCountAsync(0, new() { Timeout = 30_000 });
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task The_overview_says_how_old_its_figures_are_while_the_store_is_away_and_goes_on_by_itself(ColorScheme scheme, int width)
    {
        await using var tab = await console.OpenAsync(scheme, width);
        await tab.SignInAsync();
        await Expect(tab.Page.GetByText("Calls by applications")).ToBeVisibleAsync();
        await tab.SettledAsync();
        await Expect(tab.Page.GetByText("What you see was known at")).ToHaveCountAsync(0);
        await tab.PictureAsync($"overview-{scheme}-{width}");

        console.Store.Pause();
        try
        {
            await Expect(tab.Page.GetByText("What you see was known at")).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await Expect(tab.Page.GetByText("Nothing is wrong right now")).ToHaveCountAsync(0);
            await tab.PictureAsync($"overview-old-{scheme}-{width}");
        }
        finally
        {
            console.Store.Resume();
        }

        await Expect(tab.Page.GetByText("What you see was known at")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await Expect(tab.Page.GetByText("The store is not well")).ToHaveCountAsync(0);
        await Expect(tab.Page.Locator(".bar")).ToHaveCountAsync(0, new() { Timeout = 30_000 });
    }
}
