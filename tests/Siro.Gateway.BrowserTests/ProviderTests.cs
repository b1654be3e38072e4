using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>A console with an identity provider.</summary>
public sealed class ProviderFixture(ChromiumFixture chromium) : ConsoleFixture(chromium)
{
    public GatewayIdentityProvider Provider { get; private set; } = null!;

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Provider = await GatewayIdentityProvider.StartAsync();
        settings["Authentication:Jwt:Authority"] = Provider.Authority;
        settings["Authentication:Jwt:Audience"] = "siro-gateway";
        settings["Authentication:Console:ClientId"] = "console-app";
        settings["Authentication:Console:Name"] = "Acme";
        GatewaySettings.Client(
            settings, "operators", "sgw_test-operators-000000000000000000000000000000", ["events:read", "subscriptions:write"]);
        settings["Clients:operators:ClientIds:0"] = "console-app";
    }

    protected override ValueTask CloseAsync() => Provider?.DisposeAsync() ?? ValueTask.CompletedTask;
}

public sealed class ProviderTests(ProviderFixture console) : IClassFixture<ProviderFixture>
{
    [Fact]
    public async Task A_person_signs_in_at_the_provider_and_comes_back_to_the_page_with_the_roles_rights()
    {
        await using var tab = await console.OpenAsync();
        await tab.Page.GotoAsync("/console#/events?type=recording.ready");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Acme" }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Events" })).ToBeVisibleAsync();
        Assert.EndsWith("/console#/events?type=recording.ready", tab.Page.Url, StringComparison.Ordinal);
        await Expect(tab.Page.GetByText("ann@example.com")).ToBeVisibleAsync();
        await tab.GoAsync("subscriptions");
        await tab.SettledAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "New subscription" })).ToHaveCountAsync(0);
        var cookie = Assert.Single(await tab.Context.CookiesAsync());
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
    }

    [Fact]
    public async Task An_answer_that_this_browser_did_not_ask_for_signs_nobody_in()
    {
        await using var tab = await console.OpenAsync();

        await tab.Page.GotoAsync("/console/sign-in/callback?code=abc&state=stolen");

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("did not succeed")).ToBeVisibleAsync();
        Assert.Empty(await tab.Context.CookiesAsync());
    }
}
