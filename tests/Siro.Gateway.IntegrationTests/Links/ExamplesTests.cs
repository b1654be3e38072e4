using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Links;

public sealed class ExamplesTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/v1/links/record", "get", "200")]
    [InlineData("/v1/links/record", "post", "200")]
    [InlineData("/v1/conversation-types", "get", "200")]
    [InlineData("/v1/people", "get", "200")]
    [InlineData("/v1/sync/engagements", "put", "200")]
    [InlineData("/v1/sync/opportunities", "put", "200")]
    [InlineData("/v1/recordings/{id}", "get", "200")]
    [InlineData("/v1/engagements/{id}/recording", "get", "200")]
    [InlineData("/v1/recordings/backfill", "post", "202")]
    [InlineData("/v1/calls", "post", "202")]
    public async Task The_description_shows_an_example_of_the_answer(string path, string method, string status)
    {
        using var client = gateway.CreateClient(apiKey: null);
        var description = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        var operation = description.GetProperty("paths").GetProperty(path).GetProperty(method);
        Assert.True(operation.GetProperty("responses").GetProperty(status).GetProperty("content").GetProperty(
            "application/json").TryGetProperty("example", out _));
        Assert.True(method == "get" || operation.GetProperty("requestBody").GetProperty("content").GetProperty(
            "application/json").TryGetProperty("example", out _));
    }
}
