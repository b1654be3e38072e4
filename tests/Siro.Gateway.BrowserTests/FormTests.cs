using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>What somebody has entered is not lost, said once, and all of it is sent.</summary>
public sealed class FormTests(HubFixture console) : IClassFixture<HubFixture>
{
    [Fact]
    public async Task The_browsers_own_button_goes_one_step_back_in_the_form_of_a_subscription()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "subscriptions");
        await tab.GoAsync("subscriptions/new");
        await FillAsync(tab, "Back and forth");

        await tab.Page.GoBackAsync();
        await Expect(tab.Page.GetByLabel("Address")).ToHaveValueAsync("http://127.0.0.1:9/siro");
        await tab.Page.GoForwardAsync();
        await Expect(tab.Page.GetByLabel("Filter on the payload")).ToHaveValueAsync("{\"kind\": 9007199254740991}");
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.GetByLabel("Filter on the payload")).ToHaveValueAsync("{\"kind\": 9007199254740991}");
        await tab.PictureAsync("form-kept");

        // What the browser would change is not sent.
        await tab.Page.GetByLabel("Filter on the payload").FillAsync("{\"kind\": 9007199254740993}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByText("A browser rounds numbers beyond 9007199254740991")).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start over" }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Address")).ToHaveValueAsync("");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_session_that_ends_within_the_form_comes_back_to_its_step_with_its_values_and_no_secret_is_stored()
    {
        const string old = "sgw_test-form-old-000000000000000000000000000000";
        const string next = "sgw_test-form-new-000000000000000000000000000000";
        console.Gateway.Change(
            ("Clients:former:ApiKeyHashes:0", GatewaySettings.HashOf(old)), ("Clients:former:Organization", GatewaySettings.Organization),
            ("Clients:former:Permissions:0", "events:read"), ("Clients:former:Permissions:1", "subscriptions:write"));
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(old, "subscriptions/new");
        await FillAsync(tab, "Outlives its session");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        var secret = await tab.Page.GetByLabel("Secret").InputValueAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Back", Exact = true }).ClickAsync();
        Assert.DoesNotContain(
            "whsec_", await tab.Page.EvaluateAsync<string>("JSON.stringify([sessionStorage, localStorage])"), StringComparison.Ordinal);

        console.Gateway.Change(("Clients:former:ApiKeyHashes:0", GatewaySettings.HashOf(next)));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByText("The session has ended.")).ToBeVisibleAsync();
        await tab.Page.GetByLabel("API key").FillAsync(next);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Expect(tab.Page.GetByLabel("Filter on the payload")).ToHaveValueAsync("{\"kind\": 9007199254740991}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Secret")).ToHaveValueAsync(secret);

        // Nobody else finds it.
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await tab.SignInAsync(next, "subscriptions/new");
        await Expect(tab.Page.GetByLabel("Address")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Files_are_uploaded_one_after_the_other_and_an_error_is_said_once()
    {
        await using var tab = await console.OpenAsync();
        var call = await File.ReadAllBytesAsync(
            Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"), TestContext.Current.CancellationToken);
        await tab.SignInAsync(at: "uploads");
        await tab.Page.GetByLabel("Recording", new() { Exact = true }).SetInputFilesAsync(
        [
            new FilePayload { Name = "the 12\" pipe.mp3", MimeType = "audio/mpeg", Buffer = call },
            new FilePayload { Name = "second.mp3", MimeType = "audio/mpeg", Buffer = [.. call, 0] },
        ]);
        await Expect(tab.Page.GetByText("1 more file after this one: second.mp3")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByText("must name the rep")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByText("See 'errors'")).ToHaveCountAsync(0);
        await tab.PictureAsync("upload-without-rep");
        tab.Forgive();

        await tab.Page.GetByLabel("Rep (email or Siro id)").FillAsync(console.Users[0]);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Title")).ToHaveValueAsync("second");
        await Expect(tab.Page.GetByText("must name the rep")).ToHaveCountAsync(0);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Choose files" })).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "the 12\" pipe" }).ClickAsync();
        await Expect(tab.Page.GetByText("the 12\" pipe.mp3")).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    /// <summary>The first step, then what the second asks.</summary>
    private static async Task FillAsync(ConsoleTab tab, string name)
    {
        await tab.Page.GetByLabel("Address").FillAsync("http://127.0.0.1:9/siro");
        await tab.Page.GetByLabel("Name").FillAsync(name);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await tab.Page.GetByLabel("Filter on the payload").FillAsync("{\"kind\": 9007199254740991}");
    }
}
