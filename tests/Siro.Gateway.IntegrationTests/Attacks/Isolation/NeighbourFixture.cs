using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Attacks.Isolation;

/// <summary>
/// Two organizations on one gateway and one store. The first one's client <c>writer</c> and its admin own one of everything.
/// </summary>
public sealed class NeighbourFixture : GatewayFixture
{
    /// <summary>Stands in everything of the owner's that has words of its own.</summary>
    public const string Mark = "neighbour-mark";

    /// <summary>Of an admin of the other organization.</summary>
    public const string RivalKey = "sgw_test-rival-0000000000000000000000000000000000";

    /// <summary>Of a client of the owner's organization that may do what the owner may, but is not its admin.</summary>
    public const string ColleagueKey = "sgw_test-colleague-000000000000000000000000000000";

    /// <summary>The idempotency key of the owner's upload.</summary>
    public const string IdempotencyKey = "neighbour-key";

    /// <summary>The owner's id at its provider of the call that it reported.</summary>
    public const string SourceId = "neighbour-call";

    private readonly Dictionary<string, string> _owned = new(StringComparer.Ordinal);

    /// <summary>The owner's resources that only its client and its admins may see: what it is, and its id.</summary>
    public IReadOnlyDictionary<string, string> Owned => _owned;

    public static byte[] File { get; } = Uploads.Recordings.Wav(20_000, seed: 4);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var owner = CreateClient(GatewaySettings.WriterKey);
        using var admin = CreateClient();
        var (uploaded, upload) = await owner.UploadAsync(Forms.Of(File, title: Mark), IdempotencyKey);
        Assert.True(uploaded.IsSuccessStatusCode, upload.ToString());
        _owned["upload"] = upload.Text("id");
        _owned["call"] = (await PostAsync(owner, "/v1/calls", Call(SourceId))).Text("id");
        var push = new { url = "http://127.0.0.1:9/" + Mark, events = new[] { "*" }, description = Mark };
        _owned["push"] = (await PostAsync(owner, "/v1/subscriptions", push)).Text("id");
        var pull = new { pull = true, events = new[] { "*" }, description = Mark };
        _owned["pull"] = (await PostAsync(owner, "/v1/subscriptions", pull)).Text("id");
        using (var anyone = CreateClient(apiKey: null))
        {
            _owned["event"] = "msg_" + Mark;
            using var taken = await anyone.PostWebhookAsync(_owned["event"], SiroSender.Event(Mark));
            taken.EnsureSuccessStatusCode();
        }

        _owned["delivery"] = $"{_owned["event"]}.{_owned["push"]}";
        await Until.TrueAsync(
            async () => (await owner.GetAsync("/v1/deliveries/" + _owned["delivery"])).IsSuccessStatusCode, "the delivery is made");
        _owned["replay"] = (await PostAsync(owner, $"/v1/subscriptions/{_owned["push"]}/replay", new { })).Text("id");
        _owned["backfill"] = (await PostAsync(admin, "/v1/recordings/backfill", new { from = "2025-05-01", to = "2025-05-02" })).Text("id");
    }

    /// <summary>A call whose recording nobody serves: it is tried again, and stays.</summary>
    public static object Call(string source, string title = Mark) => new
    {
        recordingUrl = $"http://127.0.0.1:9/{Mark}.mp3",
        startedAt = "2026-01-01T00:00:00Z",
        sourceId = source,
        title,
        rep = new { email = "rep1@example.com" },
    };

    /// <summary>What the owner's admin sees of each, but for what time alone changes.</summary>
    public async Task<string> StateAsync()
    {
        using var admin = CreateClient();
        var subscriptions = (await admin.GetJsonAsync("/v1/subscriptions")).GetProperty("data").EnumerateArray()
            .Select(s => $"{s.Text("id")} {s.GetProperty("enabled")} {s.GetProperty("description")}");
        var uploads = (await admin.GetJsonAsync("/v1/uploads")).GetProperty("data").EnumerateArray()
            .Select(u => $"{u.Text("id")} {u.Text("status")}");
        var calls = (await admin.GetJsonAsync("/v1/calls")).GetProperty("data").EnumerateArray().Select(c => c.Text("id"));
        var events = (await admin.GetJsonAsync("/v1/events")).GetProperty("data").EnumerateArray().Select(e => e.Text("id"));
        return string.Join('\n', subscriptions.Concat(uploads).Concat(calls).Concat(events).Order(StringComparer.Ordinal));
    }

    protected override Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        var rival = Emulator.State.Seed("Rival");
        settings["Siro:Organizations:rival:OrganizationToken"] = rival.Token;
        settings["Siro:Organizations:rival:OrganizationId"] = rival.Id;
        settings["Siro:Organizations:rival:DefaultUserId"] = rival.UserId;
        settings["Siro:Organizations:rival:OAuth:ClientId"] = rival.ClientId;
        settings["Siro:Organizations:rival:OAuth:ClientSecret"] = rival.ClientSecret;
        GatewaySettings.Client(settings, "rival", RivalKey, ["admin"], users: ["*"], organization: "rival");
        GatewaySettings.Client(
            settings,
            "colleague",
            ColleagueKey,
            ["external:read", "platform:read", "uploads:write", "calls:write", "events:read", "subscriptions:write", "people:read"]);
        settings["Webhooks:RetrySchedule:0"] = "00:00:00";
        settings["Webhooks:RetrySchedule:1"] = "01:00:00";
        settings["Calls:RetrySchedule:0"] = "00:30:00";
        return Task.CompletedTask;
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body);
        var answer = await Forms.BodyAsync(response);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {answer}");
        return answer;
    }
}
