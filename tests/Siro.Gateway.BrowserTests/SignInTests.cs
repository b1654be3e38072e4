using System.Net;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

public sealed class SignInTests(ConsoleFixture console) : IClassFixture<ConsoleFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_that_asks_for_the_root_is_led_to_the_console_and_signs_in_by_key()
    {
        await using var tab = await console.OpenAsync();

        await tab.Page.GotoAsync("/");
        Assert.EndsWith("/console", tab.Page.Url, StringComparison.Ordinal);
        await tab.SignInAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("acme, admin")).ToBeVisibleAsync();
        var cookie = Assert.Single(await tab.Context.CookiesAsync());
        Assert.True(cookie is { HttpOnly: true, Secure: true, SameSite: SameSiteAttribute.Strict, Path: "/" });
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_key_that_no_client_has_is_refused_in_words()
    {
        await using var tab = await console.OpenAsync();

        await tab.Page.GotoAsync("/console");
        await tab.Page.GetByLabel("API key").FillAsync("sgw_wrong");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No client has this key");
    }

    [Fact]
    public async Task Signing_out_ends_the_session_for_every_holder_of_its_cookie()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync();
        var cookie = Assert.Single(await tab.Context.CookiesAsync());

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookie.Name + "=" + cookie.Value, "1"));
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_session_without_the_header_that_other_pages_cannot_send_opens_nothing()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync();
        var cookie = Assert.Single(await tab.Context.CookiesAsync());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookie.Name + "=" + cookie.Value, "1"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(cookie.Name + "=" + cookie.Value, null));
    }

    [Fact]
    public async Task A_rotated_key_ends_its_session_at_once_and_after_signing_in_again_the_same_page_is_shown()
    {
        const string old = "sgw_test-rotated-old-0000000000000000000000000000";
        const string next = "sgw_test-rotated-new-0000000000000000000000000000";
        console.Gateway.Change(
            ("Clients:rotated:ApiKeyHashes:0", GatewaySettings.HashOf(old)), ("Clients:rotated:Organization", GatewaySettings.Organization),
            ("Clients:rotated:Permissions:0", "events:read"));
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(old, "events?type=recording.ready");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Events" })).ToBeVisibleAsync();

        console.Gateway.Change(("Clients:rotated:ApiKeyHashes:0", GatewaySettings.HashOf(next)));

        // The page may know already, by its live stream: then its filters are gone, but not its address.
        await tab.GoAsync("events?type=recording.deleted");
        await Expect(tab.Page.GetByText("The session has ended.")).ToBeVisibleAsync();
        await tab.Page.GetByLabel("API key").FillAsync(next);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Events" })).ToBeVisibleAsync();
        Assert.EndsWith("#/events?type=recording.deleted", tab.Page.Url, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> StatusAsync(string cookie, string? header)
    {
        using var client = console.CreateClient(apiKey: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Siro-Console", header);
        }

        using var response = await client.SendAsync(request, Cancel);
        return response.StatusCode;
    }
}
