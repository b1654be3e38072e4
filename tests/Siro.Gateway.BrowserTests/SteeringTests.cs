using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>
/// What others send shows as text, replays are steered, and any replica goes on. A gateway of its own: ten people may sign in with one key
/// within five minutes.
/// </summary>
public sealed class SteeringTests(HubFixture console) : IClassFixture<HubFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_payloads_show_as_text_and_break_no_layout()
    {
        await using var tab = await console.OpenAsync(width: 360, height: 780);
        var html = await console.EmitAsync(JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["eventType"] = "hostile.<img src=x onerror=alert(1)>",
            ["recordingId"] = "\u202Erecording\u202C<script>alert(2)</script>",
            ["long"] = new string('w', 200_000),
        }));
        var invalid = await console.EmitAsync([.. "{\"eventType\":\"hostile.bytes\",\"x\":\""u8, 0xff, 0xfe, 0xc0, .. "\"}"u8]);
        var asked = false;
        tab.Page.Dialog += (_, dialog) =>
        {
            asked = true;
            _ = dialog.DismissAsync();
        };
        await tab.SignInAsync(at: "events");
        await Expect(tab.Page.GetByText("hostile.<img src=x onerror=alert(1)>")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("\\u202erecording").First).ToBeVisibleAsync();
        await FitsAsync(tab);

        await tab.GoAsync("events/" + html);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" })).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await FitsAsync(tab);

        await tab.GoAsync("events/" + invalid);
        await tab.SettledAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "hostile.bytes" })).ToBeVisibleAsync();
        await FitsAsync(tab);
        Assert.False(asked);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task An_edited_subscription_keeps_what_the_form_does_not_show_and_a_replay_takes_no_filter_that_it_cannot_keep_to()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        using var client = console.Gateway.CreateClient();
        using var made = await client.PostAsJsonAsync("/v1/subscriptions",
            new { url = subscriber.Address, events = new[] { "edited.*" }, description = "Edited", secretGrace = "01:00:00" });
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await tab.SignInAsync(at: $"subscriptions/{id}/edit");
        await tab.Page.GetByLabel("Name").FillAsync("Edited by hand");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByLabel("At a time")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Edited by hand" })).ToBeVisibleAsync();
        var saved = await client.GetFromJsonAsync<JsonElement>($"/v1/subscriptions/{id}");
        Assert.Equal("01:00:00", saved.GetProperty("secretGrace").GetString());

        foreach (var filter in new[] { "state=retrying&time=1h", "state=dead&error=timeout" })
        {
            await tab.GoAsync($"deliveries?subscription={id}&{filter}");
            await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" })).ToBeDisabledAsync();
        }

        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_replay_is_paused_goes_on_and_is_cancelled()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        var answered = new TaskCompletionSource();
        subscriber.Until = answered.Task;

        // More than a replay makes due ahead of a subscriber that does not answer: so it is still under way when it is asked to stop.
        const int count = 4300;
        await console.TakeAsync("archive.event", count);
        var id = await console.SubscribeAsync(subscriber.Address, "Archive", "archive.*");
        await tab.SignInAsync(at: $"deliveries?subscription={id}&time=24h");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay 4,300" }).ClickAsync();
        await Expect(tab.Page.GetByText("Replaying: ")).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(tab.Page.GetByText("Paused at ")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await Expect(tab.Page.GetByText("Replaying: ")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(tab.Page.GetByText("Cancelled after ")).ToBeVisibleAsync();

        await console.UnsubscribeAsync(id);
        answered.SetResult();
        Assert.True(subscriber.Taken < count);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Hostile_answers_and_names_show_as_text_and_break_no_layout()
    {
        await using var tab = await console.OpenAsync(width: 360, height: 780);
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Status = 500;
        subscriber.AnswerBytes = [.. Encoding.UTF8.GetBytes("<script>alert(1)</script>\u202Etxet"), 0xff, 0xc0,
            .. Encoding.UTF8.GetBytes(new string('y', 200_000))];
        var name = "<b onmouseover=alert(2)>Bold</b> \u202Edlob " + new string('n', 120);
        var id = await console.SubscribeAsync(subscriber.Address, name, "nasty.*");
        var e = await console.EmitAsync("""{"eventType":"nasty.event","recordingId":"rec-nasty"}""");
        await console.DeliveriesAsync(id, "dead", 1);
        var asked = false;
        tab.Page.Dialog += (_, dialog) =>
        {
            asked = true;
            _ = dialog.DismissAsync();
        };
        await tab.SignInAsync(at: "events/" + e);

        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "2 attempts" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("<script>alert(1)</script>\\u202etxet").First).ToBeVisibleAsync();
        await FitsAsync(tab);
        foreach (var page in new[] { "subscriptions", "subscriptions/" + id, "deliveries?state=dead&subscription=" + id, "overview" })
        {
            await tab.GoAsync(page);
            await tab.SettledAsync();
            await Expect(tab.Page.Locator("main"))
                .ToContainTextAsync("<b onmouseover=alert(2)>Bold</b> \\u202edlob");
            await FitsAsync(tab);
        }

        Assert.False(asked);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Another_replica_takes_over_mid_session()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync();
        await using var second = await console.StartInProcessAsync();

        // The same host on another port: as behind a load balancer, the browser sends the same cookie.
        await tab.Page.GotoAsync(new Uri(second.Address, "/console#/events").AbsoluteUri);

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Events" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("acme, admin")).ToBeVisibleAsync();

        // And hears there what happens, whichever replica it happens at.
        await console.EmitAsync("""{"eventType":"second.replica","recordingId":"rec-second"}""");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "second.replica" })).ToBeVisibleAsync();
    }

    private static async Task FitsAsync(ConsoleTab tab) =>
        Assert.True(
            await tab.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window");
}
