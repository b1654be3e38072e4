using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Documentation;

public sealed partial class StartPageTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_gets_links_that_all_lead_somewhere()
    {
        using var client = fixture.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

        using var response = await client.SendAsync(request, Cancel);

        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("default-src 'none';", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var links = Href().Matches(await response.Content.ReadAsStringAsync(Cancel)).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(5, links.Count);
        foreach (var link in links)
        {
            using var page = await client.GetAsync(new Uri(fixture.Gateway.Address, link), Cancel);
            Assert.True((int)page.StatusCode < 400, $"{link}: {page.StatusCode}");
        }
    }

    [Fact]
    public async Task A_program_gets_them_as_JSON_without_a_key()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var response = await client.GetAsync("/", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("/docs", body.RootElement.GetProperty("links").GetProperty("docs").GetString());
    }

    [GeneratedRegex("href=\"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Href();
}
