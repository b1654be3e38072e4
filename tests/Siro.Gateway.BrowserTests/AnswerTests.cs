using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>What the pages answer to somebody who asks them for the first time: why, who, whose, and what to do next.</summary>
public sealed class AnswerTests(HubFixture console) : IClassFixture<HubFixture>
{
    [Fact]
    public async Task A_failing_subscription_says_why_and_a_cut_answer_does_not_pass_for_the_whole()
    {
        await using var tab = await console.OpenAsync();
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Status = 500;
        subscriber.Answer = "{\"error\":\"database is locked\"}\n" + new string('y', 5000);
        var id = await console.SubscribeAsync(subscriber.Address, "Printer", "printed.*");
        await console.EmitAsync("""{"eventType":"printed.page"}""");
        await console.DeliveriesAsync(id, "dead", 1);
        await tab.SignInAsync();
        var problem = tab.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Subscription Printer is failing" });
        await Expect(problem).ToContainTextAsync("was answered with 500");
        await Expect(problem).ToContainTextAsync("{\"error\":\"database is locked\"}");
        await Expect(problem).ToContainTextAsync("Nothing is tried again by itself");
        await tab.PictureAsync("overview-failing");

        await problem.GetByRole(AriaRole.Link, new() { Name = "See why" }).ClickAsync();
        await Expect(tab.Page.GetByText("No attempt has succeeded since")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("{\"error\":\"database is locked\"}", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Replay the dead letters" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("tried again on their schedule")).ToHaveCountAsync(0);
        await tab.PictureAsync("subscription-failing");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "All its attempts" }).ClickAsync();
        await Expect(tab.Page.GetByText("This is the first 4 KB of the answer.")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByText("This is the first 1 KB of the answer.")).ToHaveCountAsync(1);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Copy the first 4 KB of the answer" })).ToHaveTextAsync(
            "Copy the first 4 KB");
        await tab.PictureAsync("answer-in-part");

        await tab.GoAsync("subscriptions/" + id);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(tab.Page.GetByText("This is the first 4 KB of the answer.")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(tab.Page.GetByText("Disabled by admin")).ToBeVisibleAsync();
        await tab.PictureAsync("subscription-disabled");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task A_text_that_is_found_with_blanks_or_without_is_offered_so()
    {
        await using var tab = await console.OpenAsync();
        await console.EmitAsync("""{"eventType":"blanks.some", "door": "blue", "floor": "oak"}""");
        await console.EmitAsync("""{"eventType":"blanks.none","gate":"red","wall":"grey"}""");
        await tab.SignInAsync(at: "events");
        foreach (var (text, link, found) in new[]
        {
            ("\"door\":\"blue\",\"floor\"", "Search with blanks: \"door\": \"blue\", \"floor\"", "blanks.some"),
            ("\"gate\": \"red\", \"wall\"", "Search without blanks: \"gate\":\"red\",\"wall\"", "blanks.none"),
        })
        {
            await tab.Page.GetByLabel("Search").FillAsync(text);
            await tab.Page.Keyboard.PressAsync("Enter");
            await tab.Page.GetByRole(AriaRole.Link, new() { Name = link }).ClickAsync();
            await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = found })).ToBeVisibleAsync();
        }

        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Who_calls_and_for_whom_reads_alike_everywhere_and_the_upload_line_names_a_user_that_exists()
    {
        await using var tab = await console.OpenAsync();
        await tab.SignInAsync(at: "clients");
        await Expect(tab.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Calls to Siro, 24 h" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Refused, any endpoint, 24 h" })).ToBeVisibleAsync();
        await tab.PictureAsync("clients-words");
        await tab.GoAsync("clients/admin");
        await Expect(tab.Page.GetByText("May act for", new() { Exact = true })).ToBeVisibleAsync();
        await tab.PictureAsync("client-words");

        await tab.GoAsync("start");
        await Expect(tab.Page.GetByText("Acts for by default", new() { Exact = true })).ToBeVisibleAsync();
        var user = console.Emulator.Default.UserId;
        foreach (var (language, line) in new[]
        {
            ("curl", $"-F userId={user} "), ("C#", $"StringContent(\"{user}\"), \"userId\""), ("Node", $"'userId', '{user}'"),
        })
        {
            await tab.Page.GetByRole(AriaRole.Tab, new() { Name = language, Exact = true }).ClickAsync();
            await Expect(tab.Page.Locator("main pre").Filter(new() { HasText = "v1/uploads" })).ToContainTextAsync(line);
            await Expect(tab.Page.GetByText("sends its events once it has processed the recording")).ToBeVisibleAsync();
        }

        await tab.PictureAsync("first-day-upload");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));

        // Where it acts for nobody, the line says what is to be put in.
        await tab.Page.RouteAsync("**/v1/me", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """{"client":"admin","organization":"acme","permissions":["admin"],"actingUser":null}""",
        }));
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.Locator("main pre").Filter(new() { HasText = "v1/uploads" })).ToContainTextAsync("userEmail=REP-EMAIL");
        await Expect(tab.Page.GetByText("Put the email of one of your reps for REP-EMAIL")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_store_that_does_not_tell_how_it_keeps_is_explained()
    {
        await using var tab = await console.OpenAsync();
        using var client = console.CreateClient();
        var overview = System.Text.Json.Nodes.JsonNode.Parse(
            await client.GetStringAsync("/v1/overview", TestContext.Current.CancellationToken))!;
        overview["store"]!["durability"] = "unknown";
        await tab.Page.RouteAsync("**/v1/live", route => route.AbortAsync());
        await tab.Page.RouteAsync(
            "**/v1/overview", route => route.FulfillAsync(new() { ContentType = "application/json", Body = overview.ToJsonString() }));
        await tab.SignInAsync();
        await Expect(tab.Page.GetByText("does not tell whether it writes to its disk before it answers")).ToBeVisibleAsync();
        await tab.PictureAsync("overview-durability");
    }
}
