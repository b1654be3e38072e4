using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Dead letters, and how a person puts them back to work.</summary>
public sealed class CallRetryTests(CallRetryTests.Fixture gateway) : IClassFixture<CallRetryTests.Fixture>
{
    private const string OtherKey = "sgw_test-other-0000000000000000000000000000000000";
    private const string Page = "<html><body>Please sign in</body></html>";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_dead_letters_of_a_client_are_retried_a_page_at_a_time_and_no_others()
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        using var other = gateway.CreateClient(OtherKey);
        var dead = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            dead.Add(await writer.PostCallAsync($"many-{i}", Broken($"many-{i}")));
        }

        var theirs = await other.PostCallAsync("many-theirs", Broken("many-theirs"));
        var repless = await writer.PostCallAsync("many-repless", Broken("many-repless"), new { externalId = "nobody" });
        foreach (var id in dead)
        {
            Assert.Equal("not_audio", (await writer.CallAsync(id, "failed")).ErrorCode());
        }

        await other.CallAsync(theirs, "failed");
        await writer.CallAsync(repless, "needs_rep");
        Assert.Equal(dead.Order(), (await writer.AllCallsAsync("status=failed")).Select(c => c.GetProperty("id").GetString()!).Order());
        for (var i = 0; i < 5; i++)
        {
            Mend($"many-{i}");
        }

        Mend("many-theirs");
        string? cursor = null;
        var retried = new List<int>();
        do
        {
            using var response = await writer.PostAsync(
                "/v1/calls/retry?status=failed&limit=2" + (cursor is null ? "" : "&cursor=" + cursor), null, Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            retried.Add(answer.GetProperty("retried").GetInt32());
            cursor = answer.GetProperty("cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(5, retried.Sum());
        Assert.All(retried, count => Assert.InRange(count, 0, 2));
        foreach (var id in dead)
        {
            var view = await writer.CallAsync(id, "created");
            Assert.Equal(JsonValueKind.Null, view.GetProperty("error").ValueKind);
            Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == view.GetProperty("sourceId").GetString());
        }

        Assert.Equal(
            "failed", (await other.GetFromJsonAsync<JsonElement>($"/v1/calls/{theirs}", Cancel)).GetProperty("status").GetString());
        Assert.Equal(
            "needs_rep", (await writer.GetFromJsonAsync<JsonElement>($"/v1/calls/{repless}", Cancel)).GetProperty("status").GetString());

        // An admin's page holds the whole organization's; those of another state come back to it.
        using var admin = gateway.CreateClient();
        using var all = await admin.PostAsync("/v1/calls/retry?status=failed&limit=200", null, Cancel);
        Assert.Equal(1, (await all.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("retried").GetInt32());
        await other.CallAsync(theirs, "created");
        using var stillNobody = await writer.PostAsync("/v1/calls/retry?status=needs_rep", null, Cancel);
        Assert.Equal(1, (await stillNobody.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("retried").GetInt32());
        await writer.CallAsync(repless, "needs_rep");
    }

    [Fact]
    public async Task One_call_is_retried_by_its_own_client_and_only_once_it_has_stopped()
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        using var other = gateway.CreateClient(OtherKey);
        var id = await writer.PostCallAsync("one", Broken("one"));
        await writer.CallAsync(id, "failed");
        Assert.Equal((404, "call_not_found"), await other.PostAsync($"/v1/calls/{id}/retry", null, Cancel).RefusalAsync());
        Assert.Equal((404, "call_not_found"), await other.GetAsync($"/v1/calls/{id}", Cancel).RefusalAsync());
        Assert.Equal(
            (404, "call_not_found"), await other.PatchAsJsonAsync($"/v1/calls/{id}", new { title = "theirs" }, Cancel).RefusalAsync());
        Assert.DoesNotContain(await other.AllCallsAsync(), c => c.GetProperty("id").GetString() == id);
        Assert.Equal((404, "call_not_found"), await writer.PostAsync("/v1/calls/call_unknown/retry", null, Cancel).RefusalAsync());
        Assert.Equal((404, "call_not_found"), await writer.PostAsync("/v1/calls/%7Bbad%7D/retry", null, Cancel).RefusalAsync());
        Mend("one");
        using (var retried = await writer.PostAsync($"/v1/calls/{id}/retry", null, Cancel))
        {
            Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
            Assert.Equal($"/v1/calls/{id}", retried.Headers.Location?.OriginalString);
            var view = await retried.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.Equal(("notified", 0), (view.GetProperty("status").GetString(), view.GetProperty("attempts").GetInt32()));
        }

        await writer.CallAsync(id, "created");
        Assert.Equal((409, "not_retryable"), await writer.PostAsync($"/v1/calls/{id}/retry", null, Cancel).RefusalAsync());
        var waiting = await writer.PostCallAsync("one-waiting",
            gateway.Emulator.VoipProvider.Add(new VoipRecording("one-waiting", CallWords.Audio) { NotReadyTimes = int.MaxValue }));
        await writer.CallAsync(waiting, "waiting");
        Assert.Equal((409, "not_retryable"), await writer.PostAsync($"/v1/calls/{waiting}/retry", null, Cancel).RefusalAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("?status=")]
    [InlineData("?status=created")]
    [InlineData("?status=waiting")]
    [InlineData("?status=dead")]
    [InlineData("?status=failed&limit=0")]
    [InlineData("?status=failed&limit=201")]
    [InlineData("?status=failed&limit=ten")]
    [InlineData("?status=failed&cursor=-1")]
    [InlineData("?status=failed&cursor=x")]
    public async Task A_retry_of_many_that_asks_for_something_else_is_refused(string query)
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        Assert.Equal((400, "invalid_query"), await writer.PostAsync("/v1/calls/retry" + query, null, Cancel).RefusalAsync());
    }

    [Theory]
    [InlineData("/v1/calls/retry?status=failed")]
    [InlineData("/v1/calls/call_1/retry")]
    public async Task Whoever_may_not_write_calls_may_not_retry_them(string path)
    {
        using var nobody = gateway.CreateClient(apiKey: null);
        Assert.Equal(401, (await nobody.PostAsync(path, null, Cancel).RefusalAsync()).Status);
        using var reader = gateway.CreateClient(GatewaySettings.ReaderKey);
        Assert.Equal(403, (await reader.PostAsync(path, null, Cancel).RefusalAsync()).Status);
    }

    [Fact]
    public async Task An_uncertain_call_creates_again_only_when_a_person_retries_it()
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        gateway.Emulator.Faults.Answer(500, host: "platform", path: "/v1/core/recordings/upload", method: "POST", times: 1);
        try
        {
            var id = await writer.PostCallAsync("unsure", gateway.Emulator.VoipProvider.Add(new VoipRecording("unsure", CallWords.Audio)));
            Assert.Equal("upload_uncertain", (await writer.CallAsync(id, "uncertain")).ErrorCode());
            Assert.DoesNotContain(gateway.Emulator.State.Recordings.All, r => r.Title == "unsure");
            using var retried = await writer.PostAsync($"/v1/calls/{id}/retry", null, Cancel);
            Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
            var view = await writer.CallAsync(id, "created");
            Assert.Equal(view.GetProperty("recordingId").GetString(),
                Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == "unsure").Id);
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }
    }

    private Uri Broken(string name) =>
        gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio) { InsteadOfAudio = Page });

    private void Mend(string name) => gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio));

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            GatewaySettings.Client(settings, "other", OtherKey, ["calls:write"]);
            return Task.CompletedTask;
        }
    }
}
