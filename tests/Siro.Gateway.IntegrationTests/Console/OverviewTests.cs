using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.OperatorConsole;

/// <summary>What the overview says, and what its figures count.</summary>
public sealed class OverviewTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task What_was_skipped_is_a_problem_with_its_remedy_until_it_is_replayed()
    {
        var (id, _, _) = await SubscribeAsync("unsent.*", ",\"description\":\"Ledger\"");
        Assert.DoesNotContain(await ProblemsAsync(), p => IsSkipped(p, id));
        await PostAsync($"/v1/subscriptions/{id}/disable");
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        foreach (var name in (string[])["a", "b"])
        {
            await DeliveryAsync(id, await EmitAsync($$"""{"eventType":"unsent.{{name}}"}"""), "skipped");
        }

        var problem = await ProblemAsync(id, "2 deliveries to Ledger are skipped: it is disabled");
        Assert.Equal(("warning", "Enable it", "#/subscriptions/" + id), Told(problem));
        Assert.InRange(problem.GetProperty("since").GetDateTimeOffset(), before, TimeProvider.System.GetUtcNow());

        await PostAsync($"/v1/subscriptions/{id}/enable");
        problem = await ProblemAsync(id, "2 deliveries to Ledger were skipped while it was disabled");
        Assert.Equal(("warning", "Replay", "#/deliveries?state=skipped&subscription=" + id), Told(problem));

        await PostAsync($"/v1/subscriptions/{id}/replay", """{"status":"skipped"}""", 202);
        await Until.TrueAsync(async () => !(await ProblemsAsync()).Any(p => IsSkipped(p, id)), "nothing is skipped any more");
    }

    [Fact]
    public async Task A_failing_subscription_says_what_its_endpoint_answered_and_what_becomes_of_its_deliveries()
    {
        var (id, _, name) = await SubscribeAsync("broken.*", ",\"description\":\"Printer\"");
        var after = new string('x', 5000);
        Subscribers.Behave(name, (context, _) =>
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (500, "600");
            return context.Response.WriteAsync($"{{\"error\":\"database is locked\"}}\n{after}");
        });
        var began = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        var emitted = await EmitAsync("""{"eventType":"broken.a"}""");
        var delivery = await DeliveryAsync(id, emitted, "retrying");
        Assert.True(Assert.Single(delivery.GetProperty("attempts").EnumerateArray()).GetProperty("answerTruncated").GetBoolean());
        Assert.StartsWith("No attempt has succeeded since it began to fail. Its newest failed delivery was answered with 500 (",
            await FailingAsync(id, "UTC): “{\"error\":\"database is locked\"}”. 1 delivery waits"), StringComparison.Ordinal);
        var shown = await GetAsync("/v1/subscriptions/" + id);
        Assert.True(shown.GetProperty("failing").GetBoolean());
        Assert.InRange(shown.GetProperty("failingSince").GetDateTimeOffset(), began, TimeProvider.System.GetUtcNow());

        // Once all have died, nothing is said to be tried again.
        Subscribers.Behave(name, (context, _) =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync("closed");
        });
        await PostAsync($"/v1/deliveries/{emitted}.{id}/retry", "", 202);
        await DeliveryAsync(id, emitted, "dead");
        var said = await FailingAsync(id, "Nothing is tried again by itself");
        Assert.Contains("was answered with 503 (", said, StringComparison.Ordinal);
        Assert.Contains("“closed”", said, StringComparison.Ordinal);
        Assert.DoesNotContain("schedule", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_of_applications_and_requests_to_Siro_are_counted_apart()
    {
        using var reader = Fixture.CreateClient(GatewaySettings.ReaderKey);
        using (var refused = await reader.PostAsJsonAsync("/external/v1/core/users", new { }, Cancel))
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using (var answered = await reader.GetAsync("/external/v1/core/users", Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        }

        using (var missing = await reader.GetAsync("/external/v1/core/recordings/rec-not-there", Cancel))
        {
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }

        // Of the reader's three calls the gateway refused one; what became of the others is Siro's answer.
        await Until.TrueAsync(
            async () => (await CountedAsync(reader)) is (3, 2), "the reader's calls are counted");
        var figures = await GetAsync("/v1/figures", reader);
        Assert.Equal(["2xx", "4xx"], Names(figures, "calls", "byStatus"));
        Assert.Equal(["2xx", "4xx"], Names(figures, "siro", "byStatus"));
        Assert.Equal((1, 2), (Sum(figures, "calls", "2xx"), Sum(figures, "calls", "4xx")));
        Assert.Equal((1, 1), (Sum(figures, "siro", "2xx"), Sum(figures, "siro", "4xx")));

        // An upload is no call to Siro's API, and asks Siro by itself.
        var (calls, requests) = await CountedAsync(Writer);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Fixture.Users[0]), "userId" },
            { new StringContent("Counted"), "title" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"), Cancel)),
                "file", "call.mp3" },
        };
        await JsonAsync(await Writer.PostAsync("/v1/uploads", form, Cancel), 201);
        await Until.TrueAsync(
            async () => (await CountedAsync(Writer)) is var now && now.Requests >= requests + 2 && now.Calls == calls,
            "the upload's requests are counted");
    }

    private async Task<JsonElement[]> ProblemsAsync() =>
        [.. (await GetAsync("/v1/overview", Admin)).GetProperty("problems").EnumerateArray()];

    private async Task<JsonElement> ProblemAsync(string subscription, string title)
    {
        JsonElement[] found = [];
        await Until.TrueAsync(
            async () => (found = [.. (await ProblemsAsync()).Where(p => IsSkipped(p, subscription))]) is [var one]
                && one.GetProperty("title").GetString() == title,
            $"the overview says '{title}'");
        return found[0];
    }

    private async Task<string> FailingAsync(string subscription, string part)
    {
        var said = "";
        await Until.TrueAsync(
            async () => (said = (await ProblemsAsync()).FirstOrDefault(p => p.GetProperty("code").GetString() == "subscription_failing"
                && p.GetProperty("subject").GetString() == subscription) is { ValueKind: JsonValueKind.Object } found
                    ? found.GetProperty("detail").GetString()!
                    : "").Contains(part, StringComparison.Ordinal),
            $"the overview says '{part}'");
        return said;
    }

    private static bool IsSkipped(JsonElement problem, string subscription) =>
        problem.GetProperty("code").GetString() == "deliveries_skipped" && problem.GetProperty("subject").GetString() == subscription;

    private static (string? Severity, string? Action, string? Href) Told(JsonElement problem) => (
        problem.GetProperty("severity").GetString(), problem.GetProperty("action").GetProperty("name").GetString(),
        problem.GetProperty("action").GetProperty("href").GetString());

    private async Task<(long Calls, long Requests)> CountedAsync(HttpClient client)
    {
        var now = (await GetAsync("/v1/overview", client)).GetProperty("now");
        return (now.GetProperty("callsLastHour").GetInt64(), now.GetProperty("siroLastHour").GetInt64());
    }

    private static IEnumerable<string> Names(JsonElement figures, string kind, string by) =>
        figures.GetProperty(kind).GetProperty(by).EnumerateObject().Select(s => s.Name);

    private static int Sum(JsonElement figures, string kind, string status) =>
        (int)Math.Round(figures.GetProperty(kind).GetProperty("byStatus").GetProperty(status).EnumerateArray().Sum(v => v.GetDouble())
            * figures.GetProperty("stepSeconds").GetInt32());
}
