using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>
/// What Siro refuses for good ends a call at once; what may pass is tried again where everybody sees it; stored bytes are never sent twice.
/// </summary>
public sealed class CallOutcomeTests(CallOutcomeTests.Fixture gateway) : IClassFixture<CallOutcomeTests.Fixture>, IDisposable
{
    private const string SignedUrls = "/v1/core/recordings/signed-urls";
    private const string Create = "/v1/core/recordings/upload";
    private const string Foreign =
        """{"data":{"uploadUrl":"https://evil.example/x","uploadHeaders":{},"downloadUrl":"https://evil.example/x","expiresAt":"2999-01-01T00:00:00Z"}}""";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static int _number;

    private readonly string _name = $"outcome-{Interlocked.Increment(ref _number)}";

    public void Dispose() => gateway.Emulator.Faults.Clear();

    public static TheoryData<string, FaultRule, string, int> ForGood => new()
    {
        { "signing: 401 after the renewal", new FaultRule { Host = "platform", Path = SignedUrls, Status = 401 }, "siro_unauthorized", 0 },
        { "signing: 403", new FaultRule { Host = "platform", Path = SignedUrls, Status = 403 }, "siro_forbidden", 0 },
        { "signing: the CDN's 403",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 403, Body = "<html>error code: 1010</html>",
            Headers = new Dictionary<string, string> { ["Content-Type"] = "text/html" } }, "siro_cdn_refused", 0 },
        { "signing: 409", new FaultRule { Host = "platform", Path = SignedUrls, Status = 409 }, "siro_rejected", 0 },
        { "signing: 418", new FaultRule { Host = "platform", Path = SignedUrls, Status = 418 }, "siro_error", 0 },
        { "signing: a redirect", new FaultRule { Host = "platform", Path = SignedUrls, Status = 302 }, "siro_error", 0 },
        { "signing: a foreign host", new FaultRule { Host = "platform", Path = SignedUrls, Status = 200, Body = Foreign },
            "storage_forbidden", 0 },
        { "signing: no URL", new FaultRule { Host = "platform", Path = SignedUrls, Status = 200, Body = """{"data":{}}""" },
            "siro_answer_invalid", 0 },
        { "storage: refuses under every URL", new FaultRule { Host = "storage", Status = 403 }, "storage_refused", 0 },
        { "creation: 401 after the renewal", new FaultRule { Host = "platform", Path = Create, Status = 401 }, "siro_unauthorized", 1 },
        { "creation: 418", new FaultRule { Host = "platform", Path = Create, Status = 418 }, "siro_error", 1 },
        { "creation: 422",
            new FaultRule { Host = "platform", Path = Create, Status = 422,
            Body = """{"issues":[{"code":"custom","path":["userEmail"],"message":"No such user"}]}""" }, "siro_rejected", 1 },
    };

    [Theory]
    [MemberData(nameof(ForGood))]
    public async Task What_siro_refuses_for_good_ends_the_call_at_once_with_its_code(string fault, FaultRule rule, string code, int objects)
    {
        var (recording, url) = Recording();
        var before = gateway.Emulator.Objects.All.Count();
        gateway.Emulator.Faults.Add(rule);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        var id = await client.PostCallAsync(_name, url);

        var view = await client.CallAsync(id, "failed");
        Assert.True(view.ErrorCode() == code, $"{fault}: {view}");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null),
            (view.GetProperty("nextAttemptAt").ValueKind, view.GetProperty("error").GetProperty("nextAttemptAt").ValueKind));
        Assert.Equal(1, recording.Reads);
        Assert.Equal(before + objects, gateway.Emulator.Objects.All.Count());
        Assert.DoesNotContain(gateway.Emulator.State.Recordings.All, r => r.Title == _name);

        // A person's retry begins again; bytes that the storage has are neither fetched nor sent again.
        gateway.Emulator.Faults.Clear();
        using var retried = await client.PostAsync($"/v1/calls/{id}/retry", null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await client.CallAsync(id, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == _name);
        Assert.Equal((2 - objects, before + 1), (recording.Reads, gateway.Emulator.Objects.All.Count()));
    }

    [Fact]
    public async Task A_call_that_was_mended_after_siros_refusal_is_created_from_the_stored_bytes_with_what_it_says_now()
    {
        var (recording, url) = Recording();
        gateway.Emulator.Faults.Add(new FaultRule { Host = "platform", Path = Create, Status = 422, Times = 1,
            Body = """{"issues":[{"code":"custom","path":["userEmail"],"message":"No such user"}]}""" });
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync(_name, url);
        await client.CallAsync(id, "failed");
        var objects = gateway.Emulator.Objects.All.Count();

        using var mended = await client.PatchAsJsonAsync(
            $"/v1/calls/{id}", new { title = _name + " mended", rep = new { email = "rep2@example.com" } }, Cancel);

        Assert.Equal(HttpStatusCode.OK, mended.StatusCode);
        await client.CallAsync(id, "created");
        var made = Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == _name + " mended");
        Assert.Equal(gateway.Emulator.Default.Users.Single(u => u.Email == "rep2@example.com").Id, made.UserId);
        Assert.Equal((1, objects), (recording.Reads, gateway.Emulator.Objects.All.Count()));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(408)]
    public async Task What_may_pass_is_tried_again_in_sight_and_given_up_in_the_end(int status)
    {
        var (recording, url) = Recording();
        gateway.Emulator.Faults.Add(new FaultRule { Host = "platform", Path = SignedUrls, Status = status });
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var before = TimeProvider.System.GetUtcNow();
        var id = await client.PostCallAsync(_name, url);

        JsonElement forwarding = default;
        await Until.TrueAsync(
            async () => (forwarding = await client.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)) is var view
                && view.GetProperty("status").GetString() == "forwarding" && view.GetProperty("error").ValueKind == JsonValueKind.Object,
            "the call shows what its upload stumbles over");
        var error = forwarding.GetProperty("error");
        Assert.Equal("siro_unavailable", error.GetProperty("code").GetString());
        Assert.True(error.GetProperty("attempts").GetInt32() >= 1, error.ToString());
        Assert.True(error.GetProperty("nextAttemptAt").GetDateTimeOffset() >= before, error.ToString());

        var waiting = await client.CallAsync(id, "waiting");
        Assert.Equal("siro_unavailable", waiting.ErrorCode());
        Assert.Equal(waiting.GetProperty("attempts").GetInt32(), waiting.GetProperty("error").GetProperty("attempts").GetInt32());
        Assert.NotEqual(JsonValueKind.Null, waiting.GetProperty("error").GetProperty("nextAttemptAt").ValueKind);

        var failed = await client.CallAsync(id, "failed", TimeSpan.FromSeconds(60));
        Assert.Equal("siro_unavailable", failed.ErrorCode());
        Assert.Contains("Given up", failed.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.InRange(recording.Reads, 2, 20);
        Assert.DoesNotContain(gateway.Emulator.State.Recordings.All, r => r.Title == _name);
    }

    private (VoipRecording Recording, Uri Url) Recording()
    {
        var recording = new VoipRecording(_name, CallWords.Audio);
        return (recording, gateway.Emulator.VoipProvider.Add(recording));
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:01";
            settings["Calls:GiveUpAfter"] = "00:00:08";
            settings["Uploads:RetryFor"] = "00:00:05";
            return Task.CompletedTask;
        }
    }
}
