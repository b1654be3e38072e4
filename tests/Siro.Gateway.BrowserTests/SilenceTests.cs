using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>A gateway that is there and says nothing: connections stay open, and no answer comes.</summary>
[Collection(HubCollection.Name)]
public sealed class SilenceTests(HubFixture console)
{
    [Fact]
    public async Task Nothing_is_called_live_or_well_while_the_gateway_hangs_and_pages_say_so_and_go_on_by_themselves()
    {
        await using var gateway = await console.StartProcessAsync();
        await gateway.ReadyAsync();
        await console.TestEventAsync();
        await using var tab = await console.OpenAsync(at: gateway.Address);
        await tab.SignInAsync();
        await Expect(tab.Page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("Calls by applications")).ToBeVisibleAsync();

        gateway.Pause();
        try
        {
            await Expect(tab.Page.GetByText("What you see was known at")).ToBeVisibleAsync();
            await Expect(tab.Page.GetByText("Live", new() { Exact = true })).ToHaveCountAsync(0);
            await Expect(tab.Page.GetByText("Nothing is wrong right now")).ToHaveCountAsync(0);
            await Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Store" }).GetByText("available", new() { Exact = true }))
                .ToHaveCountAsync(0);
            await tab.PictureAsync("overview-silent");

            await tab.GoAsync("events");
            await Expect(tab.Page.Locator("main").GetByRole(AriaRole.Alert))
                .ToContainTextAsync("The gateway does not answer. Trying again.");
            await tab.PictureAsync("events-silent");
        }
        finally
        {
            gateway.Resume();
        }

        await Expect(tab.Page.Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".bar")).ToHaveCountAsync(0);
        await tab.GoAsync("overview");
        await Expect(tab.Page.GetByText("Calls by applications")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("What you see was known at")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_sent_and_gets_no_answer_says_so_and_is_not_called_done()
    {
        await using var tab = await console.OpenAsync();
        var id = await console.SubscribeAsync(new Uri("http://127.0.0.1:9/silent"), "Silent", "silent.*");
        await tab.Page.Clock.InstallAsync();
        await tab.Page.RouteAsync("**/disable", _ => Task.CompletedTask);
        await tab.SignInAsync(at: "subscriptions/" + id);
        var asked = tab.Page.WaitForRequestAsync("**/disable");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await asked;
        await tab.Page.Clock.FastForwardAsync(31_000);

        await Expect(tab.Page.GetByText("The gateway has not answered within 30 seconds. Look whether it was done before you try again."))
            .ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" })).ToBeEnabledAsync();
        await console.UnsubscribeAsync(id);
    }
}
