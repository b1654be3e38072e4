using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Documentation;

/// <summary>What <c>/openapi/v1.json</c> and <c>/docs</c> show, to whom, and under which rules.</summary>
public sealed partial class DocumentationTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_description_has_every_endpoint_with_its_credential_and_its_errors()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancel));
        var root = document.RootElement;

        Assert.StartsWith("3.", root.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var schemes = root.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("http", schemes.GetProperty("bearer").GetProperty("type").GetString());
        Assert.Equal("X-Api-Key", schemes.GetProperty("apiKey").GetProperty("name").GetString());
        Assert.True(root.GetProperty("components").GetProperty("schemas").GetProperty("Problem").GetProperty("properties").TryGetProperty(
            "code", out _));

        var me = root.GetProperty("paths").GetProperty("/v1/me").GetProperty("get");
        Assert.Equal(2, me.GetProperty("security").GetArrayLength());
        Assert.True(
            me.GetProperty("responses").GetProperty("401").GetProperty("content").TryGetProperty("application/problem+json", out _));
        foreach (var path in new[] { "/v1/uploads", "/v1/people", "/v1/sync/engagements", "/v1/subscriptions", "/health/ready" })
        {
            Assert.Contains(root.GetProperty("paths").EnumerateObject(), p => p.Name.TrimEnd('/') == path);
        }

        // The prefixes are Siro's own API, described by Siro.
        Assert.DoesNotContain(root.GetProperty("paths").EnumerateObject(), p => p.Name.StartsWith("/external", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_endpoint_of_the_gateway_is_in_the_description()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancel));
        var described = document.RootElement.GetProperty("paths").EnumerateObject().Select(p => p.Name.TrimEnd('/'))
            .ToHashSet(StringComparer.Ordinal);
        var routes = fixture.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + Constraint().Replace(e.RoutePattern.RawText!.Trim('/'), "}"))
            .Where(r => r.StartsWith("/v1/", StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(routes);
        Assert.Empty(routes.Except(described));
    }

    [Fact]
    public async Task Every_property_says_what_it_is()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancel));
        var untyped = document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .Where(s => s.Value.TryGetProperty("properties", out _))
            .SelectMany(s => s.Value.GetProperty("properties").EnumerateObject()
                .Where(p => !new[] { "type", "$ref", "oneOf", "anyOf", "enum" }.Any(k => p.Value.TryGetProperty(k, out _)))
                .Select(p => $"{s.Name}.{p.Name}"));

        // What Siro said of a refusal is passed on as it is.
        Assert.Equal(["UploadErrorView.siro"], untyped);
    }

    [Fact]
    public async Task Every_operation_has_a_line_that_a_reader_understands_and_its_parameters()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancel));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (Path: p.Name, Method: o.Name, Operation: o.Value))).ToList();
        Assert.All(operations, o =>
        {
            var summary = o.Operation.GetProperty("summary").GetString()!;
            Assert.DoesNotMatch("[`\n?]|&amp;", summary);
            Assert.True(summary.Length is > 5 and < 130, $"{o.Method} {o.Path}: {summary}");
        });

        Assert.Equal("Caller", document.RootElement.GetProperty("tags")[0].GetProperty("name").GetString());
        Assert.Equal(["recordingId", "type"], Queries("/v1/events").Where(n => n is "type" or "recordingId").Order());
        Assert.Contains("wait", Queries("/v1/subscriptions/{id}/events"));
        Assert.Contains("redirectUrl", Queries("/v1/links/record"));
        var subscription = operations.Single(o => o is { Path: "/v1/subscriptions", Method: "post" }).Operation.GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json");
        Assert.True(subscription.GetProperty("example").TryGetProperty("events", out _));

        IEnumerable<string?> Queries(string path) =>
            operations.Single(o => o.Path == path && o.Method == "get").Operation.GetProperty("parameters").EnumerateArray()
            .Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_page_loads_from_the_gateway_alone_and_runs_nothing_else()
    {
        using var client = fixture.CreateClient(apiKey: null);

        using var moved = await client.GetAsync("/docs", Cancel);
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        using var page = await client.GetAsync("/docs/index.html", Cancel);
        var html = await page.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", html);
        Assert.DoesNotMatch("<script>|<script [^>]*>[^<]", html);
        foreach (Match file in Files().Matches(html))
        {
            using var response = await client.GetAsync(
                new Uri(new Uri(fixture.Gateway.Address, "/docs/index.html"), file.Groups[1].Value), Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Contains("/openapi/v1.json", await client.GetStringAsync("/docs/index.js", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/subscriptions/{id}", "delete", "204")]
    [InlineData("/v1/deliveries/{id}/retry", "post", "202")]
    public async Task What_answers_with_another_status_than_200_says_so(string path, string method, string status)
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancel));
        var responses = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
        Assert.True(responses.TryGetProperty(status, out _));
        Assert.False(responses.TryGetProperty("200", out _));
    }

    [Fact]
    public async Task Another_description_than_the_one_there_is_is_a_problem_like_any_other()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var answer = await client.GetAsync("/openapi/v2.json", Cancel);
        await GatewayProblem.AssertAsync(answer, 404, "not_found");
    }

    [Fact]
    public async Task A_problem_reads_in_a_terminal_as_it_was_written()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var answer = await client.GetAsync("/v1/me", Cancel);
        Assert.Contains("X-Api-Key: <key>'", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_open_and_tells_nothing_else()
    {
        using var client = fixture.CreateClient(apiKey: null);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancel)).StatusCode);
        await Until.TrueAsync(async () => (await client.GetStringAsync("/health/ready", Cancel)).Contains("\"ready\"",
            StringComparison.Ordinal), "the gateway is ready");
        using var answer = await client.GetAsync("/health/ready", Cancel);
        Assert.False(answer.Headers.Contains("Server"));
        Assert.DoesNotContain(
            fixture.Gateway.Log, l => l.Contains("[1601]", StringComparison.Ordinal) && l.Contains("/health/", StringComparison.Ordinal));
    }

    [GeneratedRegex(":[a-z]+(\\(.*?\\))?}|\\?}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Files();
}
