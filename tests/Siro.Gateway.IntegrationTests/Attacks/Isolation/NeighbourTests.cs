using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Attacks.Isolation;

/// <summary>What one organization's admin can do with another organization's ids, cursors and keys: nothing, and learn nothing.</summary>
public sealed class NeighbourTests(NeighbourFixture gateway) : IClassFixture<NeighbourFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Method, path with the kind of resource in braces, and the code of the refusal.</summary>
    public static TheoryData<string, string, string> ById => new()
    {
        { "GET", "/v1/uploads/{upload}", "upload_not_found" },
        { "GET", "/v1/uploads/{upload}/progress", "upload_not_found" },
        { "POST", "/v1/uploads/{upload}/retry", "upload_not_found" },
        { "GET", "/v1/calls/{call}", "call_not_found" },
        { "PATCH", "/v1/calls/{call}", "call_not_found" },
        { "POST", "/v1/calls/{call}/retry", "call_not_found" },
        { "GET", "/v1/subscriptions/{push}", "subscription_not_found" },
        { "PUT", "/v1/subscriptions/{push}", "subscription_not_found" },
        { "DELETE", "/v1/subscriptions/{push}", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/test", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/secret", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/enable", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/disable", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/replay", "subscription_not_found" },
        { "GET", "/v1/subscriptions/{push}/replays", "subscription_not_found" },
        { "GET", "/v1/subscriptions/{push}/replays/{replay}", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/replays/{replay}/pause", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/replays/{replay}/resume", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{push}/replays/{replay}/cancel", "subscription_not_found" },
        { "GET", "/v1/subscriptions/{pull}/events", "subscription_not_found" },
        { "GET", "/v1/subscriptions/{pull}/events?cursor=0", "subscription_not_found" },
        { "POST", "/v1/subscriptions/{pull}/events/ack", "subscription_not_found" },
        { "GET", "/v1/deliveries/{delivery}", "subscription_not_found" },
        { "POST", "/v1/deliveries/{delivery}/retry", "subscription_not_found" },
    };

    [Theory]
    [MemberData(nameof(ById))]
    public async Task A_neighbours_id_names_nothing(string method, string path, string code)
    {
        var before = await gateway.StateAsync();
        foreach (var key in new[] { NeighbourFixture.RivalKey, NeighbourFixture.ColleagueKey })
        {
            if (key == NeighbourFixture.ColleagueKey && path.Contains("/deliveries/{", StringComparison.Ordinal) && method == "GET")
            {
                // events:read shows the organization's deliveries to all of its clients.
                continue;
            }

            using var client = gateway.CreateClient(key);
            using var response = await client.SendAsync(Request(method, path), Cancel);
            await GatewayProblem.AssertAsync(response, 404, code);
        }

        Assert.Equal(before, await gateway.StateAsync());
    }

    [Theory]
    [InlineData("/v1/events/{event}", "event_not_found")]
    [InlineData("/v1/events/{event}/payload", "event_not_found")]
    [InlineData("/v1/recordings/backfill/{backfill}", "backfill_not_found")]
    public async Task What_an_organization_shares_is_unknown_to_another(string path, string code)
    {
        using var rival = gateway.CreateClient(NeighbourFixture.RivalKey);
        using var response = await rival.SendAsync(Request("GET", path), Cancel);
        await GatewayProblem.AssertAsync(response, 404, code);
    }

    /// <summary>Every list with every cursor that the owner was given and every filter that names what is the owner's.</summary>
    [Theory]
    [InlineData("/v1/uploads")]
    [InlineData("/v1/calls")]
    [InlineData("/v1/subscriptions")]
    [InlineData("/v1/events")]
    [InlineData("/v1/deliveries")]
    [InlineData("/v1/deliveries?subscription={push}")]
    [InlineData("/v1/deliveries?event={event}")]
    [InlineData("/v1/events?recordingId=" + NeighbourFixture.Mark)]
    [InlineData("/v1/events?type=integrations.recordingProcessed")]
    [InlineData("/v1/clients")]
    public async Task A_neighbours_list_and_cursor_show_nothing(string path)
    {
        using var owner = gateway.CreateClient();
        using var rival = gateway.CreateClient(NeighbourFixture.RivalKey);
        path = Filled(path);
        var mark = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var cursors = new List<string> { "" };
        var page = await owner.GetJsonAsync($"{path}{mark}limit=1");
        if (page.TryGetProperty("cursor", out var cursor) && cursor.ValueKind == JsonValueKind.String)
        {
            cursors.Add(cursor.GetString()!);
        }

        foreach (var given in cursors)
        {
            var page2 = given.Length == 0 ? path : $"{path}{mark}cursor={Uri.EscapeDataString(given)}";
            using var response = await rival.GetAsync(page2, Cancel);
            AssertNothing(await response.Content.ReadAsStringAsync(Cancel), path);
        }
    }

    /// <summary>
    /// Every reading endpoint there is, each of the owner's ids for each parameter: no answer shows anything of the owner's.
    /// </summary>
    [Fact]
    public async Task No_reading_endpoint_shows_anything_of_a_neighbours()
    {
        using var rival = gateway.CreateClient(NeighbourFixture.RivalKey);
        var paths = gateway.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("v1/", StringComparison.Ordinal))
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .SelectMany(e => gateway.Owned.Values.Select(id => PathOf(e, id)))
            .Distinct().ToList();
        Assert.True(paths.Count > 60, $"{paths.Count} paths");
        foreach (var path in paths)
        {
            using var response = await rival.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancel);
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                // A stream begins with what there is; that is all that is of interest.
                await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
                var first = new byte[16 * 1024];
                var length = await stream.ReadAsync(first, Cancel);
                AssertNothing(Encoding.UTF8.GetString(first, 0, length), path);
                continue;
            }

            AssertNothing(await response.Content.ReadAsStringAsync(Cancel), path);
        }
    }

    [Fact]
    public async Task A_neighbours_idempotency_key_and_call_id_are_free_for_ones_own()
    {
        foreach (var key in new[] { NeighbourFixture.RivalKey, NeighbourFixture.ColleagueKey })
        {
            using var client = gateway.CreateClient(key);
            var form = Forms.Of(NeighbourFixture.File, title: "own");
            var (uploaded, upload) = await client.UploadAsync(form, NeighbourFixture.IdempotencyKey);
            Assert.True(uploaded.IsSuccessStatusCode, upload.ToString());
            Assert.False(uploaded.Headers.Contains("Idempotency-Replayed"));
            Assert.NotEqual(gateway.Owned["upload"], upload.Text("id"));
        }

        using var rival = gateway.CreateClient(NeighbourFixture.RivalKey);
        using var call = await rival.PostAsJsonAsync("/v1/calls", NeighbourFixture.Call(NeighbourFixture.SourceId, "own"), Cancel);
        Assert.Equal(202, (int)call.StatusCode);
        Assert.NotEqual(gateway.Owned["call"], (await Forms.BodyAsync(call)).Text("id"));
    }

    private static string PathOf(RouteEndpoint endpoint, string id) => "/" + string.Join(
        '/', endpoint.RoutePattern.PathSegments.Select(s => s.Parts is [RoutePatternLiteralPart literal] ? literal.Content : id));

    private HttpRequestMessage Request(string method, string path) => new(new HttpMethod(method), Filled(path))
    {
        Content = method == "GET" ? null : new StringContent(Body(path), Encoding.UTF8, "application/json"),
    };

    private static string Body(string path) => path switch
    {
        _ when path.EndsWith("/ack", StringComparison.Ordinal) => """{"cursor":"99999"}""",
        _ when path.EndsWith("{push}", StringComparison.Ordinal) =>
            """{"url":"http://127.0.0.1:9/taken","events":["*"],"description":"taken"}""",
        _ when path.EndsWith("{call}", StringComparison.Ordinal) => """{"title":"taken"}""",
        _ => "{}",
    };

    private string Filled(string path) => gateway.Owned.Aggregate(
        path, (p, owned) => p.Replace($"{{{owned.Key}}}", Uri.EscapeDataString(owned.Value), StringComparison.Ordinal));

    /// <summary>An id that the caller sent may come back in a problem; what it did not send may not.</summary>
    private void AssertNothing(string text, string path)
    {
        foreach (var (kind, id) in gateway.Owned)
        {
            var sent = path.Contains(Uri.EscapeDataString(id), StringComparison.Ordinal);
            Assert.False(text.Contains(id, StringComparison.Ordinal) && !sent, $"{path} shows the {kind} {id}: {text}");
        }

        var marked = path.Contains(NeighbourFixture.Mark, StringComparison.Ordinal);
        Assert.False(text.Contains(NeighbourFixture.Mark + "\"", StringComparison.Ordinal) && !marked, $"{path}: {text}");
        Assert.DoesNotContain(gateway.Emulator.Default.Id, text, StringComparison.Ordinal);
    }
}
