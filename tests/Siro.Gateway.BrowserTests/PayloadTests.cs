using System.Text;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Siro.Gateway.BrowserTests;

/// <summary>A payload is shown, copied and found as it was delivered.</summary>
public sealed class PayloadTests(HubFixture console) : IClassFixture<HubFixture>
{
    /// <summary>A number beyond 2^53, a zero that says how exact it is, a member twice, escapes, blanks of the sender's own.</summary>
    private const string Exact = """{"eventType":"exact.event","recordingId":"rec-exact","big":9007199254740993,"exact":1.50,"a":1,"a":2,"""
        + """  "none":{},"list":[1,[],"x, y: {z}"],"escaped":"caf\u00e9 \"quoted\""}""";

    [Fact]
    public async Task Digits_members_and_escapes_are_those_that_were_delivered_in_both_views()
    {
        await using var tab = await console.OpenAsync();
        await tab.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var id = await console.EmitAsync(Exact);
        await tab.SignInAsync(at: "events/" + id);
        var payload = tab.Page.Locator("pre[aria-label=Payload]");
        await Expect(payload).ToBeVisibleAsync();
        Assert.Equal(Exact, await payload.TextContentAsync());

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Indented" }).ClickAsync();
        await Expect(payload).ToContainTextAsync("\n  \"a\": 1,\n  \"a\": 2,");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Copy payload" }).ClickAsync();
        Assert.Equal(Exact, await tab.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await payload.EvaluateAsync("p => { getSelection().selectAllChildren(p); document.execCommand('copy'); }");
        Assert.Equal(Exact, await tab.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await tab.PictureAsync("payload-indented");
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task What_is_copied_is_found_and_what_was_written_with_other_blanks_is_offered_without()
    {
        await using var tab = await console.OpenAsync();
        await console.EmitAsync("""{"eventType":"blanks.event","recordingId":"rec-blanks","door":"blue","floor":7}""");
        await tab.SignInAsync(at: "events");
        await tab.Page.GetByLabel("Search").FillAsync("\"door\":\"blue\",\"floor\":7");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "blanks.event" })).ToBeVisibleAsync();

        await tab.Page.GetByLabel("Search").FillAsync("\"door\": \"blue\", \"floor\": 7");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByText("No event fits")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Search without blanks" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "blanks.event" })).ToBeVisibleAsync();
        Assert.True(tab.Complaints.Count == 0, string.Join("\n", tab.Complaints));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_said_to_be_none_and_are_saved_as_they_came()
    {
        await using var tab = await console.OpenAsync(ColorScheme.Dark, 360, 780);
        byte[] body = [.. "{\"eventType\":\"broken.event\",\"x\":\""u8, 0xff, 0xc0, .. "\"}"u8];
        var id = await console.EmitAsync(body);
        await tab.SignInAsync(at: "events/" + id);

        await Expect(tab.Page.GetByText("The payload is not valid UTF-8.")).ToBeVisibleAsync();
        Assert.Equal(Encoding.UTF8.GetString(body), await tab.Page.Locator("pre[aria-label=Payload]").TextContentAsync());
        var saved = await tab.Page.RunAndWaitForDownloadAsync(
            () => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save the bytes" }).ClickAsync());
        Assert.Equal(body, await File.ReadAllBytesAsync(await saved.PathAsync(), TestContext.Current.CancellationToken));
        await tab.PictureAsync("payload-broken");
    }
}
