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

        foreach (var filter in new[] { "state=pending&time=1h", "state=dead&error=timeout" })
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

        // Whoever leaves finds it again: on the subscription's page, among its events and its deliveries.
        await tab.GoAsync("overview");
        await Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Replays" }).GetByRole(AriaRole.Link, new() { Name = "Archive" }))
            .ToBeVisibleAsync();
        await tab.PictureAsync("overview-replaying");
        foreach (var page in new[]
        {
            $"subscriptions/{id}", "events", $"events?subscription={id}", "deliveries", $"deliveries?subscription={id}",
        })
        {
            await tab.GoAsync(page);
            await Expect(tab.Page.GetByText("Replaying: ")).ToBeVisibleAsync();
            await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeVisibleAsync();
        }

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(tab.Page.GetByText("Paused at ")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".toast")).ToHaveCountAsync(0);
        await tab.Page.ReloadAsync();
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
    public async Task A_replay_that_ends_before_it_can_pause_says_so()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        await console.EmitAsync("""{"eventType":"brief.event"}""");
        var id = await console.SubscribeAsync(subscriber.Address, "Brief", "brief.*");
        await tab.SignInAsync(at: $"deliveries?subscription={id}&time=24h");

        // The page hears of its progress when its end is known, and asks for a pause that is too late.
        var pausing = new TaskCompletionSource();
        await tab.Page.RouteAsync("**/replays/rpl*", async route =>
        {
            await pausing.Task;
            await route.ContinueAsync();
        });
        await tab.Page.RouteAsync("**/replays/*/pause", async route =>
        {
            await route.FulfillAsync(new()
            {
                Status = 202,
                ContentType = "application/json",
                Body = """{"id":"rpl","state":"replaying","status":null,"done":0,"count":1}""",
            });
            pausing.SetResult();
        });
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of these" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Replay 1" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();

        await Expect(tab.Page.GetByText("Replayed: 1 delivery made due again. It ended before it could pause.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".toast")).ToHaveCountAsync(0);
        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Deliveries_that_wait_for_a_mended_subscriber_are_sent_now_one_or_all()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        (subscriber.Status, subscriber.RetryAfter) = (503, 7200);
        var id = await console.SubscribeAsync(subscriber.Address, "Mended", "mended.*");
        for (var i = 0; i < 3; i++)
        {
            await console.EmitAsync("""{"eventType":"mended.event"}""");
        }

        await console.DeliveriesAsync(id, "retrying", 3);
        (subscriber.Status, subscriber.RetryAfter) = (204, null);
        await tab.SignInAsync(at: $"deliveries?subscription={id}&state=retrying");
        await Expect(tab.Page.GetByText("Each waits for its next attempt.")).ToBeVisibleAsync();
        await tab.PictureAsync("deliveries-retrying");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send now", Exact = true }).First.ClickAsync();
        await console.DeliveriesAsync(id, "delivered", 1);

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send all of these now" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send 2 now" }).ClickAsync();
        await Expect(tab.Page.GetByText("Sent on: 2 deliveries made due now.")).ToBeVisibleAsync();
        await console.DeliveriesAsync(id, "delivered", 3);

        await console.UnsubscribeAsync(id);
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task No_page_shows_a_mark_that_turns_the_writing_or_hides_a_part_of_it()
    {
        await using var tab = await console.OpenAsync(width: 360, height: 780);
        await using var subscriber = await Subscriber.StartAsync();
        const string marks = "\u202E\u2066\u200F\u0007";
        var id = await console.SubscribeAsync(subscriber.Address, $"Turned {marks}niap", "turned.*");
        var e = await console.EmitAsync(
            JsonSerializer.Serialize(new { eventType = $"turned.{marks}epyt", recordingId = $"rec{marks}dne" }));
        await console.DeliveriesAsync(id, "delivered", 1);
        await tab.SignInAsync(at: "events");
        foreach (var page in new[]
        {
            "events", "events?subscription=" + id, "events/" + e, "deliveries?subscription=" + id, "subscriptions", "subscriptions/" + id,
            $"subscriptions/{id}/edit", "subscriptions/new", "overview", "clients", "operations?q=%E2%80%AE", "uploads", "calls", "start",
        })
        {
            await tab.GoAsync(page);
            await tab.SettledAsync();
            var raw = await tab.Page.EvaluateAsync<string[]>("""
                () => {
                  const marks = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
                  return [...document.querySelectorAll('body, body *')].flatMap(e => [
                    ...[...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data),
                    ...['title', 'aria-label', 'placeholder', 'data-label'].map(a => e.getAttribute(a) ?? ''),
                  ]).filter(t => marks.test(t)).map(t => JSON.stringify(t));
                }
                """);
            Assert.True(raw.Length == 0, $"{page}: {string.Join(", ", raw)}");
        }

        await tab.GoAsync("deliveries");
        await Expect(tab.Page.GetByLabel("Subscription")).ToContainTextAsync("Turned \\u202e\\u2066\\u200f\\u0007niap");
        await tab.GoAsync("events/" + e);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "turned.\\u202e" })).ToBeVisibleAsync();
        await console.UnsubscribeAsync(id);
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
