using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>What an operator and a developer do, in a real browser.</summary>
public sealed class FlowTests(HubFixture console) : IClassFixture<HubFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dead_letters_of_a_subscriber_that_failed_are_replayed_once_it_works()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Status = 500;
        subscriber.Answer = "out of paper";
        var id = await console.SubscribeAsync(subscriber.Address, "Printer", "recording.ready");
        for (var i = 0; i < 3; i++)
        {
            await console.TestEventAsync();
        }

        await console.DeliveriesAsync(id, "dead", 3);
        await tab.SignInAsync();
        await Expect(tab.Page.GetByText("3 dead letters for Printer")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "3 dead letters for Printer" })
            .GetByRole(AriaRole.Link, new() { Name = "Replay" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Dead letters" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("It answered with an error").First).ToBeVisibleAsync();

        subscriber.Status = 204;
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" }).ClickAsync();
        await Expect(tab.Page.GetByText("3 deliveries would be sent again")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay 3" }).ClickAsync();

        await Expect(tab.Page.GetByText("Replayed: 3 deliveries made due again.")).ToBeVisibleAsync();
        await console.DeliveriesAsync(id, "delivered", 3);
        Assert.Equal(3, subscriber.Taken);
        await Expect(tab.Page.GetByText("No delivery fits")).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_new_event_appears_by_itself_and_is_shown_with_each_attempt()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        var id = await console.SubscribeAsync(subscriber.Address, "Ledger", "live.*");
        await tab.SignInAsync(at: "events?type=live.event");
        await Expect(tab.Page.GetByText("No event fits")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("Live", new() { Exact = true })).ToBeAttachedAsync();

        await console.EmitAsync("""{"eventType":"live.event","recordingId":"rec-live"}""");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "live.event" }).ClickAsync();
        await console.DeliveriesAsync(id, "delivered", 1);

        await Expect(tab.Page.GetByText("\"rec-live\"")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("delivered", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("204")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Until.TrueAsync(() => subscriber.Taken == 2, "the event is sent again");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task An_event_is_found_by_its_recording_and_by_a_text_of_its_payload()
    {
        await using var tab = await console.OpenAsync();
        var (id, recording) = await console.TestEventAsync();
        await console.EmitAsync("""{"eventType":"search.event","recordingId":"rec-search","note":"Crème Brûlée for Zorro"}""");
        await tab.SignInAsync(at: "events");

        await tab.Page.Keyboard.PressAsync("/");
        await tab.Page.Keyboard.TypeAsync("for zORRO");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "search.event" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("1 event", new() { Exact = true })).ToBeVisibleAsync();
        Assert.Contains("text=for+zORRO", tab.Page.Url, StringComparison.Ordinal);

        await tab.GoAsync("events?recordingId=" + recording);
        await Expect(tab.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByText(id)).ToBeVisibleAsync();
        await tab.Page.GoBackAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "search.event" })).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_subscription_is_made_in_three_steps_and_tried_before_it_is_saved()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Answer = "";
        await console.TestEventAsync();
        await tab.SignInAsync(at: "subscriptions");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "New subscription" }).First.ClickAsync();
        await tab.Page.GetByLabel("Address").FillAsync("http://10.1.2.3/hooks");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.Locator("#url-error")).Not.ToBeEmptyAsync();
        tab.Forgive();
        await tab.Page.GetByLabel("Address").FillAsync(subscriber.Address.AbsoluteUri);
        await tab.Page.GetByLabel("Name").FillAsync("Made by hand");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "recording.ready", Exact = true })).ToBeCheckedAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByText("would have matched")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(tab.Page.GetByText("It answered 204")).ToBeVisibleAsync();
        var secret = await tab.Page.GetByLabel("Secret").InputValueAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Create the subscription" }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(secret);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "I have it" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Made by hand" })).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Rotate the secret" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Make a new secret" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("The old one signs too");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "I have it" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Enable" })).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_file_that_is_chosen_becomes_a_recording()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "uploads");

        await tab.Page.GetByLabel("Recording", new() { Exact = true })
            .SetInputFilesAsync(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"));
        await tab.Page.GetByLabel("Rep (email or Siro id)").FillAsync(console.Users[0]);
        await tab.Page.GetByLabel("Title").FillAsync("From the browser");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "From the browser" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("created", new() { Exact = true }).First).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_call_without_a_rep_is_given_one()
    {
        await using var tab = await console.OpenAsync();
        using var client = console.CreateClient();
        using var answer = await client.PostAsJsonAsync("/v1/calls",
            new { recordingUrl = new Uri(console.Gateway.Address, "/none.mp3"), startedAt = "2026-02-15T14:00:00Z",
            sourceId = "call-browser", title = "Without a rep" }, Cancel);
        var call = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString();
        await Until.TrueAsync(async () => (await client.GetStringAsync($"/v1/calls/{call}", Cancel)).Contains("needs_rep",
            StringComparison.Ordinal), "the call needs a rep");
        await tab.SignInAsync(at: "calls?status=needs_rep");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Without a rep" }).ClickAsync();
        await tab.Page.GetByLabel("Email, telephone number or Siro id").FillAsync(console.Users[0]);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Assign rep" }).ClickAsync();

        await Expect(tab.Page.GetByText("The rep is assigned; the call goes on.")).ToBeVisibleAsync();
        await Until.TrueAsync(async () => !(await client.GetStringAsync($"/v1/calls/{call}", Cancel)).Contains("needs_rep",
            StringComparison.Ordinal), "the call has left needs_rep");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Operations_say_who_would_be_let_in_and_the_first_day_sends_a_test_event()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "operations?client=reader&q=core/users");
        await Expect(tab.Page.GetByText("Would reader be let in?")).ToBeAttachedAsync();
        await Expect(tab.Page.Locator("tbody").GetByText("allowed", new() { Exact = true }).First).ToBeVisibleAsync();

        await tab.GoAsync("clients");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "admin", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByText("Last seen")).ToBeVisibleAsync();

        await tab.GoAsync("start");
        await tab.Page.GetByLabel("Title").FillAsync("Kitchen");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Make the link" }).ClickAsync();
        await Expect(tab.Page.GetByText("action=start&title=Kitchen")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send a test event" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "See it" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "recording.ready" })).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_reader_sees_no_action_that_it_cannot_take()
    {
        const string key = "sgw_test-events-reader-00000000000000000000000000";
        await using var tab = await console.OpenAsync();
        console.Gateway.Change(("Clients:watcher:ApiKeyHashes:0", GatewaySettings.HashOf(key)),
            ("Clients:watcher:Organization", GatewaySettings.Organization), ("Clients:watcher:Permissions:0", "events:read"));
        await console.TestEventAsync();
        await tab.SignInAsync(key, "subscriptions");

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Subscriptions" })).ToBeVisibleAsync();
        await tab.SettledAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "New subscription" })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Clients" })).ToHaveCountAsync(0);
        await tab.GoAsync("deliveries");
        await tab.SettledAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Resend" })).ToHaveCountAsync(0);
        await tab.GoAsync("start");
        foreach (var language in new[] { "curl", "C#", "Node" })
        {
            await tab.Page.GetByRole(AriaRole.Tab, new() { Name = language, Exact = true }).ClickAsync();
            await Expect(tab.Page.Locator("main pre")).ToHaveCountAsync(1);
            await Expect(tab.Page.Locator("main pre")).ToContainTextAsync("v1/me");
        }

        await Expect(tab.Page.GetByText("uploads:write: A recording into Siro")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("external:read: Siro’s own API, with the right token put in")).ToBeVisibleAsync();
        await tab.PictureAsync("first-day-of-a-reader");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }
}
