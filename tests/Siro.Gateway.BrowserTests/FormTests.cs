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
    public async Task What_can_only_be_refused_is_said_in_the_pages_words_and_not_asked_for()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "uploads");
        await tab.Page.GetByLabel("Recording", new() { Exact = true }).SetInputFilesAsync(
            new FilePayload { Name = "empty.mp3", MimeType = "audio/mpeg", Buffer = [] });
        await tab.Page.GetByLabel("Rep (email or Siro id)").FillAsync(console.Users[0]);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByText("This file is empty. Choose one with a recording in it.")).ToBeVisibleAsync();
        await tab.PictureAsync("upload-empty");

        await tab.GoAsync("events");
        await tab.Page.GetByLabel("Search").FillAsync("x");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByText("Enter at least 2 characters")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("Nothing was searched yet")).ToBeVisibleAsync();
        await tab.PictureAsync("search-of-one-letter");
        Assert.DoesNotContain(tab.Requests, r => r.EndsWith("/v1/uploads", StringComparison.Ordinal)
            || r.Contains("text=x", StringComparison.Ordinal));
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));

        // What only the gateway can judge is told without its own words for programs, and without an offer that helps nobody.
        await tab.GoAsync("events/%2541");
        await Expect(tab.Page.GetByText("This link leads nowhere")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("request target")).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToHaveCountAsync(0);
        await tab.PictureAsync("broken-link");

        await tab.GoAsync("subscriptions/new");
        await tab.Page.GetByLabel("Address").FillAsync("http://127.0.0.1:9/siro");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "recording.ready", Exact = true }).UncheckAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByText("Choose at least one type of event")).ToBeVisibleAsync();
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
        await Expect(tab.Page.GetByText("Enter the rep’s email or Siro id")).ToHaveCountAsync(1);
        Assert.DoesNotContain(tab.Requests, r => r.EndsWith("/v1/uploads", StringComparison.Ordinal));
        await tab.PictureAsync("upload-without-rep");

        await tab.Page.GetByLabel("Rep (email or Siro id)").FillAsync(console.Users[0]);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Title")).ToHaveValueAsync("second");
        await Expect(tab.Page.GetByText("Enter the rep’s email")).ToHaveCountAsync(0);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Choose files" })).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "the 12\" pipe" }).ClickAsync();
        await Expect(tab.Page.GetByText("the 12\" pipe.mp3")).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_secret_is_rotated_after_a_question_and_stays_in_sight_until_it_is_put_away()
    {
        await using var tab = await console.OpenAsync();
        var id = await console.SubscribeAsync(new Uri("http://127.0.0.1:9/rotated"), "Rotated", "rotated.*");
        await tab.SignInAsync(at: "subscriptions/" + id);
        var rotate = tab.Page.GetByRole(AriaRole.Button, new() { Name = "Rotate the secret" });
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await rotate.ClickAsync();
        await Expect(dialog).ToContainTextAsync("The old one signs too for as long as the gateway is set to");
        await tab.PictureAsync("rotate-question");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByText("The old secret signs too")).ToHaveCountAsync(0);
        Assert.DoesNotContain(tab.Requests, r => r.EndsWith("/secret", StringComparison.Ordinal));

        await rotate.ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Make a new secret" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("whsec_");
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.Mouse.ClickAsync(5, 5);
        await tab.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToContainTextAsync("whsec_");
        await Expect(dialog).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "I have it" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Only_files_are_offered_that_the_gateway_takes()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "uploads");

        var offered = await tab.Page.GetByLabel("Recording", new() { Exact = true }).GetAttributeAsync("accept");

        Assert.Equal([".mp3", ".aac", ".adts", ".wav", ".wave", "audio/mpeg", "audio/aac", "audio/wav"], offered!.Split(','));
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
