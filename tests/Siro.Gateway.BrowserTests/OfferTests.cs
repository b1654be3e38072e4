using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>Only what can be done is offered, and a form shows all that it would save.</summary>
public sealed class OfferTests(HubFixture console) : IClassFixture<HubFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disabled_subscription_is_enabled_before_anything_is_sent_again()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Status = 500;
        var id = await console.SubscribeAsync(subscriber.Address, "Stopped", "stopped.*");
        var e = await console.EmitAsync("""{"eventType":"stopped.event"}""");
        await console.DeliveriesAsync(id, "dead", 1);
        using var client = console.CreateClient();
        using var disabled = await client.PostAsync($"/v1/subscriptions/{id}/disable", null, Cancel);
        disabled.EnsureSuccessStatusCode();
        await tab.SignInAsync();

        var problem = tab.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "1 dead letter for Stopped" });
        await Expect(problem).ToContainTextAsync("The subscription is disabled: enable it first.");
        await Expect(problem.GetByRole(AriaRole.Link, new() { Name = "Replay" })).ToHaveCountAsync(0);
        await Expect(problem.GetByRole(AriaRole.Link, new() { Name = "Enable it" })).ToHaveAttributeAsync("href", "#/subscriptions/" + id);
        await tab.PictureAsync("overview-disabled");

        await tab.GoAsync("events/" + e);
        await Expect(tab.Page.GetByText("This subscription is disabled: nothing is sent to it.")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Enable it first" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" })).ToHaveCountAsync(0);
        await tab.PictureAsync("event-disabled");

        await tab.GoAsync($"deliveries?state=dead&subscription={id}");
        await Expect(tab.Page.GetByText("Stopped is disabled: nothing is sent to it.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" })).ToHaveCountAsync(0);
        await tab.PictureAsync("deliveries-disabled");
        await tab.Page.SetViewportSizeAsync(360, 780);
        await tab.PictureAsync("deliveries-disabled-360");
        await tab.Page.SetViewportSizeAsync(1280, 860);

        subscriber.Status = 204;
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Enable", Exact = true }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await console.DeliveriesAsync(id, "delivered", 1);
        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Who_may_only_read_is_told_what_is_missing_and_offered_nothing_else()
    {
        const string key = "sgw_test-offers-reader-0000000000000000000000000";
        console.Gateway.Change(("Clients:onlooker:ApiKeyHashes:0", GatewaySettings.HashOf(key)),
            ("Clients:onlooker:Organization", GatewaySettings.Organization), ("Clients:onlooker:Permissions:0", "events:read"));
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(key, "subscriptions/new");
        await Expect(tab.Page.GetByText("It needs the permission subscriptions:write.")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Address")).ToHaveCountAsync(0);
        await tab.PictureAsync("form-without-permission");

        foreach (var list in new[] { "**/v1/deliveries?*", "**/v1/events?*" })
        {
            await tab.Page.RouteAsync(
                list, route => route.FulfillAsync(new() { ContentType = "application/json", Body = """{"data":[],"cursor":null}""" }));
        }

        await tab.GoAsync("deliveries");
        await Expect(tab.Page.GetByText("No deliveries yet")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Create a subscription" })).ToHaveCountAsync(0);
        await tab.GoAsync("events");
        await Expect(tab.Page.GetByText("No events yet")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Send a test event" })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Keyboard" })).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Theory]
    [InlineData("deliveries", "All deliveries")]
    [InlineData("events", "All events")]
    public async Task A_link_to_a_deleted_subscription_says_that_it_is_gone_and_leads_on(string page, string on)
    {
        await using var tab = await console.OpenAsync();
        var id = await console.SubscribeAsync(new Uri("http://127.0.0.1:9/gone"), "Short-lived", "gone.*");
        await console.UnsubscribeAsync(id);
        await tab.SignInAsync(at: $"{page}?state=dead&subscription={id}");

        await Expect(tab.Page.GetByText("This subscription no longer exists")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Subscription", new() { Exact = true })).ToHaveValueAsync(id);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToHaveCountAsync(0);
        await tab.PictureAsync(page + "-gone");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = on }).ClickAsync();
        await Expect(tab.Page.GetByText("This subscription no longer exists")).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByLabel("Subscription", new() { Exact = true })).ToHaveValueAsync("");
    }

    [Fact]
    public async Task The_form_shows_every_type_and_header_that_a_subscription_has_and_changes_what_is_changed()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        using var client = console.CreateClient();
        using var made = await client.PostAsJsonAsync("/v1/subscriptions", new
        {
            url = subscriber.Address,
            events = new[] { "integrations.*", "hostile.long" },
            description = "Whole",
            headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["X-Kept"] = "kept", ["X-Dropped"] = "dropped" },
        }, Cancel);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!;
        await tab.SignInAsync(at: $"subscriptions/{id}/edit?step=2");
        foreach (var type in new[] { "integrations.*", "hostile.long" })
        {
            await Expect(tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = type, Exact = true })).ToBeCheckedAsync();
        }

        await Expect(tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "recording.ready", Exact = true })).Not.ToBeCheckedAsync();
        await tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "hostile.long", Exact = true }).UncheckAsync();
        await tab.Page.GetByLabel("Another type or pattern").FillAsync("quotes.*");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "quotes.*", Exact = true })).ToBeCheckedAsync();

        await Expect(tab.Page.GetByLabel("Value of X-Kept")).ToHaveValueAsync("");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Remove X-Dropped" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add a header" }).ClickAsync();
        await tab.Page.GetByLabel("Name of header 2").FillAsync("X-Added");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByText("Enter the value of X-Added, or remove it.")).ToBeVisibleAsync();
        await tab.Page.GetByLabel("Value of X-Added").FillAsync("added-value");
        Assert.DoesNotContain("added-value",
            await tab.Page.EvaluateAsync<string>("JSON.stringify([sessionStorage, localStorage])"), StringComparison.Ordinal);
        await Expect(tab.Page.GetByText("Deliveries a second, 0.001 to 1000. Empty: no limit.")).ToBeVisibleAsync();
        await tab.Page.GetByLabel("Timeout").FillAsync("12");
        await tab.PictureAsync("form-whole");
        await tab.Page.SetViewportSizeAsync(360, 780);
        await tab.PictureAsync("form-whole-360");
        Assert.True(await tab.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the form is too wide");
        await tab.Page.SetViewportSizeAsync(1280, 860);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Whole" })).ToBeVisibleAsync();

        var saved = await client.GetFromJsonAsync<JsonElement>($"/v1/subscriptions/{id}", Cancel);
        Assert.Equal(["integrations.*", "quotes.*"], saved.GetProperty("events").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(["X-Added", "X-Kept"],
            saved.GetProperty("headers").EnumerateObject().Select(h => h.Name).Order(StringComparer.Ordinal));
        Assert.Equal("00:00:12", saved.GetProperty("timeout").GetString());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(tab.Page.GetByText("It answered 204")).ToBeVisibleAsync();
        Assert.Equal(("kept", "added-value"), (subscriber.Header("X-Kept"), subscriber.Header("X-Added")));
        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_type_that_is_not_among_the_known_ones_is_looked_for_by_its_name()
    {
        await using var tab = await console.OpenAsync();
        await console.EmitAsync("""{"eventType":"quotes.sent"}""");
        await console.EmitAsync("""{"eventType":"quotes.read"}""");
        await tab.SignInAsync(at: "events");
        await tab.Page.GetByLabel("Type").SelectOptionAsync("Another…");
        await tab.Page.GetByLabel("Its name").FillAsync("quotes.sent");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "quotes.sent" })).ToBeVisibleAsync();

        await tab.Page.ReloadAsync();
        await Expect(tab.Page.GetByLabel("Its name")).ToHaveValueAsync("quotes.sent");
        await tab.PictureAsync("events-other-type");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Clear" }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Its name")).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "quotes.read" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task States_are_explained_and_what_is_due_is_not_called_the_next()
    {
        await using var tab = await console.OpenAsync();
        await tab.Page.RouteAsync("**/v1/deliveries?*", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """
                {"data":[{"id":"msg_1.sub_1","eventId":"msg_1","subscriptionId":"sub_1","status":"retrying","attemptCount":1,
                "type":"due.event","lastStatus":503,"nextAttemptAt":"2026-01-31T12:00:00Z",
                "updatedAt":"2026-01-31T12:00:00Z"}],"cursor":null}
                """,
        }));
        await tab.SignInAsync(at: "deliveries");
        await Expect(tab.Page.GetByText("due now", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("tbody .badge"))
            .ToHaveAttributeAsync("title", "An attempt failed. It is tried again on its schedule.");
        await tab.Page.GetByText("What the states mean").ClickAsync();
        foreach (var meaning in new[] { "All attempts failed", "The subscription was disabled", "Retention removed the event" })
        {
            await Expect(tab.Page.GetByText(meaning)).ToBeVisibleAsync();
        }

        await tab.PictureAsync("deliveries-states");
    }
}
