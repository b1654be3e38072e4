using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Siro.Gateway.BrowserTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.BrowserTests;

/// <summary>
/// Every page in light and dark, wide and narrow: no barrier for who reads otherwise, no complaint of the browser, nothing wider than the
/// window; pictures as outputs.
/// </summary>
[Collection(HubCollection.Name)]
public sealed class PageTests(HubFixture console)
{
    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Every_page_is_whole(ColorScheme scheme, int width)
    {
        await using var tab = await console.OpenAsync(scheme, width, width > 500 ? 860 : 780);
        var (subscription, e, upload, call) = await SeedAsync();
        var name = $"{scheme.ToString().ToLowerInvariant()}-{width}";
        await tab.Page.GotoAsync("/console");
        await tab.Page.GetByLabel("API key").WaitForAsync();
        await CheckAsync(tab, "sign-in", name);
        await tab.SignInAsync();
        foreach (var (page, path) in new[]
        {
            ("overview", "overview"), ("events", "events"), ("event", "events/" + e), ("no-event", "events?text=nothing-like-this"),
            ("deliveries", "deliveries"), ("dead-letters", $"deliveries?state=dead&subscription={subscription}"),
            ("subscriptions", "subscriptions"), ("subscription", "subscriptions/" + subscription),
            ("new-subscription", "subscriptions/new"), ("uploads", "uploads"), ("upload", "uploads/" + upload),
            ("calls", "calls"), ("call", "calls/" + call), ("clients", "clients"), ("client", "clients/admin"),
            ("operations", "operations?q=core/users"), ("first-day", "start"),
        })
        {
            await tab.GoAsync(path);
            await tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
            await CheckAsync(tab, page, name);
        }

        await tab.GoAsync("overview");
        await tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        await tab.Page.Keyboard.PressAsync("?");
        await tab.Page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await CheckAsync(tab, "help", name);
        await tab.Page.Keyboard.PressAsync("Escape");

        // The last one: the browser notes its 404 whenever it comes.
        await tab.GoAsync("events/msg_none");
        await tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
        await CheckAsync(tab, "missing", name);
    }

    private static async Task CheckAsync(ConsoleTab tab, string page, string name)
    {
        await tab.PictureAsync($"{page}-{name}");
        Assert.True(
            await tab.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{page} is wider than the window");
        Assert.Empty((await tab.BarriersAsync()).Select(b => $"{page}: {b}"));

        // What is not there is answered by 404, which the browser notes.
        Assert.DoesNotContain(tab.Complaints, c => page != "missing" || !c.Contains("404", StringComparison.Ordinal));
    }

    private async Task<(string Subscription, string Event, string Upload, string Call)> SeedAsync()
    {
        await using var subscriber = await Subscriber.StartAsync();
        subscriber.Status = 503;
        subscriber.Answer = "The accounting system is being maintained until six.";
        var subscription = await console.SubscribeAsync(subscriber.Address, "Accounting", "recording.ready");
        var (e, _) = await console.TestEventAsync();
        await console.DeliveriesAsync(subscription, "dead", 1);
        using var client = console.CreateClient();
        using var form = new MultipartFormDataContent
        {
            { new StringContent(console.Users[0]), "userId" },
            { new StringContent("Kitchen, first visit"), "title" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"),
                TestContext.Current.CancellationToken)), "file", "call.mp3" },
        };
        using var uploaded = await client.PostAsync("/v1/uploads", form, TestContext.Current.CancellationToken);
        using var called = await client.PostAsJsonAsync("/v1/calls",
            new { recordingUrl = new Uri(console.Gateway.Address, "/none.mp3"), startedAt = "2026-02-15T14:00:00Z", sourceId = "call-"
            + e, title = "Roof, second visit" }, TestContext.Current.CancellationToken);
        return (
            subscription,
            e,
            (await uploaded.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!,
            (await called.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!);
    }
}
