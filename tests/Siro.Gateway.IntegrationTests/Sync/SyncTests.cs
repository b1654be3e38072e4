using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Sync;

public sealed class SyncTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Batch = "/v1/integrations/sync/batch/engagements";
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_ten_thousand_engagements_with_one_percent_bad_exactly_the_good_ones_arrive()
    {
        // Half of the bad ones can be told here; the other half only Siro refuses (a null amount).
        var items = Enumerable.Range(0, 10_000).Select(i => (i % 200) switch
        {
            50 => $$"""{ "externalId": "e{{i}}", "startTime": "tomorrow" }""",
            150 => $$"""{ "externalId": "e{{i}}", "opportunity": { "externalId": "o{{i}}", "amount": null } }""",
            _ => $$"""{ "externalId": "e{{i}}", "startTime": "2026-02-15T14:00:00Z", "engagementUsers": [{ "externalId": "r", "email": "rep@example.com" }] }""",
        });
        var crm = gateway.Emulator.State.Crm(gateway.Emulator.Default.Organization);
        var known = crm.EngagementCount;
        var before = gateway.Emulator.Journal.Last;
        var results = await SyncAsync(string.Join('\n', items), "application/x-ndjson", lines: true);

        Assert.Equal(10_000, results.Count);
        Assert.All(results.Index(), r => Assert.Equal($"e{r.Index}", r.Item.GetProperty("externalId").GetString()));
        Assert.All(results.Index(),
            r => Assert.Equal(r.Index % 200 is 50 or 150 ? "rejected" : "synced", r.Item.GetProperty("status").GetString()));
        Assert.Equal(known + 9_900, crm.EngagementCount);

        var refused = results[150].GetProperty("issues")[0];
        Assert.Equal("opportunity.amount", string.Join('.', refused.GetProperty("path").EnumerateArray()));
        var calls = gateway.Emulator.Journal.Read(before, SiroHost.External, Batch, "PUT");
        Assert.DoesNotContain(calls, c => c.BodyText.Contains("tomorrow", StringComparison.Ordinal));
        Assert.InRange(calls.Count, 100, 100 + (50 * 2));
    }

    [Fact]
    public async Task A_batch_refused_without_a_hint_is_halved_until_the_bad_item_stands_alone()
    {
        gateway.Emulator.Faults.Add(new() { Name = "mute", Host = "external", Path = Batch, Status = 400, Body = """{"error":"no"}""",
            When = Siro.Emulator.Faults.FaultMoment.Body, BodyContains = "bad-one" });
        try
        {
            var before = gateway.Emulator.Journal.Last;
            var items = Enumerable.Range(0, 64).Select(i => new { externalId = i == 37 ? "bad-one" : $"half-{i}" });
            var results = await SyncAsync(JsonSerializer.Serialize(items), "application/json", lines: false);
            Assert.Equal("rejected", results[37].GetProperty("status").GetString());
            Assert.Equal(63, results.Count(r => r.GetProperty("status").GetString() == "synced"));
            Assert.InRange(gateway.Emulator.Journal.Count(SiroHost.External, Batch, "PUT", since: before), 2, 1 + (2 * 6));
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }
    }

    [Fact]
    public async Task Lines_are_answered_while_the_rest_is_still_being_sent()
    {
        // Byte for byte, because no client of .NET reads an answer before it has sent its request over HTTP/1.1.
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(gateway.Gateway.Address.Host, gateway.Gateway.Address.Port, Cancel);
        var stream = socket.GetStream();
        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Cancel);
        async Task ChunkAsync(string text) => await SendAsync($"{text.Length:x}\r\n{text}\r\n");
        await SendAsync($"PUT /v1/sync/engagements HTTP/1.1\r\nHost: {gateway.Gateway.Address.Authority}\r\nX-Api-Key: "
            + $"{GatewaySettings.WriterKey}\r\nContent-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\nTransfer-Encoding: "
            + "chunked\r\nConnection: close\r\n\r\n");
        await ChunkAsync(string.Concat(Enumerable.Range(0, 100).Select(i => $$"""{"externalId":"stream-{{i}}"}""" + "\n")));
        var seen = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (!seen.ToString().Contains("\"stream-99\"", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.True(read > 0, seen.ToString());
            seen.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        Assert.StartsWith("HTTP/1.1 200", seen.ToString(), StringComparison.Ordinal);
        await ChunkAsync("""{"externalId":"stream-last"}""");
        await SendAsync("0\r\n\r\n");
        using var reader = new StreamReader(stream);
        Assert.Contains("\"stream-last\",\"status\":\"synced\"", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opportunities_go_to_their_own_batch_and_a_repetition_changes_nothing()
    {
        var before = gateway.Emulator.Journal.Last;
        var crm = gateway.Emulator.State.Crm(gateway.Emulator.Default.Organization);
        const string body =
            """[{"externalId":"opp-1","name":"Kitchen","amount":45000,"disposition":"WON"},{"externalId":"opp-2","disposition":"MAYBE"}]""";
        for (var i = 0; i < 2; i++)
        {
            var results = await SyncAsync(body, "application/json", lines: false, path: "/v1/sync/opportunities");
            Assert.Equal(["synced", "rejected"], results.Select(r => r.GetProperty("status").GetString()));
            Assert.Equal(["disposition"],
                results[1].GetProperty("issues").EnumerateArray()
                .Select(issue => string.Join('.', issue.GetProperty("path").EnumerateArray())));
        }

        var calls = gateway.Emulator.Journal.Read(before, SiroHost.External, method: "PUT");
        Assert.Equal(["/v1/integrations/sync/batch/opportunities", "/v1/integrations/sync/batch/opportunities"], calls.Select(c => c.Path));
        Assert.DoesNotContain(calls, c => c.BodyText.Contains("opp-2", StringComparison.Ordinal));
        var known = crm.EngagementCount;
        for (var i = 0; i < 2; i++)
        {
            await SyncAsync("""{"externalId":"again"}""", "application/json", lines: false);
        }

        Assert.Equal(known + 1, crm.EngagementCount);
    }

    [Fact]
    public async Task One_object_is_synced_and_answered_as_a_list_of_one()
    {
        var results = await SyncAsync(
            """{"externalId":"one","engagementType":{"name":"meeting","activityType":"MEETING"}}""", "application/json", lines: false);
        Assert.Equal("synced", Assert.Single(results).GetProperty("status").GetString());
        Assert.NotNull(gateway.Emulator.State.Crm(gateway.Emulator.Default.Organization).EngagementByExternalId("one"));
    }

    [Fact]
    public async Task A_dry_run_tells_what_is_wrong_and_sends_nothing()
    {
        var before = gateway.Emulator.Journal.Last;
        var results = await SyncAsync(
            """[{"externalId":"dry"},{"externalId":"dry2","direction":"UP"}]""", "application/json", lines: false, "?dryRun=true");
        Assert.Equal(["synced", "rejected"], results.Select(r => r.GetProperty("status").GetString()));
        Assert.All(results, r => Assert.True(r.GetProperty("dryRun").GetBoolean()));
        Assert.Empty(gateway.Emulator.Journal.Read(before));
    }

    [Fact]
    public async Task What_siro_could_not_take_is_retryable_and_the_rest_of_the_request_is_not_even_tried()
    {
        gateway.Emulator.Faults.Answer(500, host: "external", path: Batch, times: 1000);
        try
        {
            var before = gateway.Emulator.Journal.Last;
            var results =
                await SyncAsync(JsonSerializer.Serialize(Enumerable.Range(0, 1000).Select(i => new { externalId = $"later-{i}" })),
                "application/json", lines: false);
            Assert.All(results, r => Assert.Equal("retryable", r.GetProperty("status").GetString()));
            Assert.InRange(gateway.Emulator.Journal.Count(SiroHost.External, Batch, "PUT", since: before), 2, 6);
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }
    }

    [Theory]
    [InlineData("no json", "application/json", 400, "invalid_json")]
    [InlineData("[{\"externalId\":\"a\"}", "application/json", 400, "invalid_json")]
    [InlineData("\"text\"", "application/json", 400, "invalid_json")]
    [InlineData("", "application/json", 400, "invalid_json")]
    [InlineData("no json\n{}", "application/x-ndjson", 400, "invalid_json")]
    public async Task A_body_that_is_no_json_is_refused_before_anything_is_sent(string body, string type, int status, string code)
    {
        var before = gateway.Emulator.Journal.Last;
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PutAsync("/v1/sync/engagements", new StringContent(body, Encoding.UTF8, type), Cancel);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(code, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
        Assert.Empty(gateway.Emulator.Journal.Read(before));
    }

    [Fact]
    public async Task More_items_than_allowed_are_refused_whole_in_an_array()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PutAsync("/v1/sync/opportunities",
            new StringContent("[" + string.Join(',', Enumerable.Repeat("{}", 10_001)) + "]", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_line_that_is_no_json_is_that_items_own_error()
    {
        // With the mark that some editors and shells begin a file with.
        var results = await SyncAsync(
            "\uFEFF{\"externalId\":\"l1\"}\n{oops\n\n{\"externalId\":\"l2\"}\n", "application/x-ndjson", lines: true);
        Assert.Equal(["synced", "rejected", "synced"], results.Select(r => r.GetProperty("status").GetString()));
        Assert.Equal("invalid_json", results[1].GetProperty("issues")[0].GetProperty("code").GetString());
    }

    private async Task<List<JsonElement>> SyncAsync(
        string body, string type, bool lines, string query = "", string path = "/v1/sync/engagements")
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var request = new HttpRequestMessage(HttpMethod.Put, path + query) { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.Accept.ParseAdd(lines ? "application/x-ndjson" : "application/json");
        using var response = await client.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return lines
            ? [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l))]
            : [.. JsonSerializer.Deserialize<JsonElement>(text).GetProperty("data").EnumerateArray()];
    }
}
