using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Documentation;

public sealed class StartPageTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_is_led_to_the_console()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

        using var response = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("console", response.Headers.Location?.OriginalString);
        using var page = await client.GetAsync(new Uri(fixture.Gateway.Address, response.Headers.Location!), Cancel);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_program_gets_them_as_JSON_without_a_key()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var response = await client.GetAsync("/", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        var links = body.RootElement.GetProperty("links").EnumerateObject().Select(l => l.Value.GetString()!).ToList();
        Assert.Contains("/docs", links);
        using var admin = fixture.CreateClient();
        foreach (var link in links)
        {
            using var page = await admin.GetAsync(link, Cancel);
            Assert.True((int)page.StatusCode < 400, $"{link}: {page.StatusCode}");
        }
    }
}
