using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Voip;
using Siro.Emulator.Webhooks;

namespace Siro.Gateway.IntegrationTests.Emulator;

public sealed class MemoryTests : EmulatorTest
{
    [Fact]
    public async Task Sync_remembers_by_external_id_and_refuses_a_batch_with_one_bad_item()
    {
        var good = new { externalId = "appt-1", startTime = "2026-02-15T14:00:00Z",
            engagementType = new { name = "meeting", activityType = "MEETING" },
            engagementUsers = new[] { new { externalId = "crm-rep-1", email = "rep1@example.com" } } };
        using var first = await Call.External(HttpMethod.Put, "v1/integrations/sync/engagements", good);
        using var again = await Call.External(HttpMethod.Put, "v1/integrations/sync/engagements", good);
        var id = (await EmulatorCaller.Json(first)).GetProperty("data").GetProperty("id").GetString();
        Assert.Equal(id, (await EmulatorCaller.Json(again)).GetProperty("data").GetProperty("id").GetString());
        Assert.Equal(200, (int)(await Call.External(HttpMethod.Get, $"v1/integrations/engagements/{id}")).StatusCode);
        using var batch = await Call.External(HttpMethod.Put, "v1/integrations/sync/batch/engagements",
            """[{"externalId":"a"},{"externalId":"b","engagementType":{"name":"x","activityType":"PICNIC"}},{"startTime":"yesterday"}]""");
        Assert.Equal(422, (int)batch.StatusCode);
        Assert.Equal(["1.engagementType.activityType", "2.externalId", "2.startTime"],
            (await EmulatorCaller.Json(batch)).GetProperty("issues").EnumerateArray()
                .Select(i => string.Join('.', i.GetProperty("path").EnumerateArray())));
        Assert.Equal(1, Siro.State.Crm(Siro.Default.Organization).EngagementCount);
        using var opportunity = await Call.External(HttpMethod.Put, "v1/integrations/sync/batch/opportunities",
            new[] { new { externalId = "opp-1", disposition = "WON", amount = 5 } });
        Assert.Equal(200, (int)opportunity.StatusCode);
    }

    [Fact]
    public async Task Recordings_are_listed_by_cursor_with_filters_on_both_hosts()
    {
        var all = Siro.Recordings.AddMany(
            Siro.Default.Organization, 7, processed: true, linked: true, announce: false, TimeSpan.FromMinutes(1));
        Siro.Recordings.Delete(all[0]);
        var seen = new List<string>();
        for (string? cursor = "", path; cursor is not null;)
        {
            path = $"v1/core/recordings?pageSize=3&showCrmLinks=true&showSummary=true&showEntityExtractions=true&cursor={cursor}";
            var page = await EmulatorCaller.Json(await Call.External(HttpMethod.Get, path));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(r => r.GetProperty("id").GetString()!));
            cursor = page.GetProperty("cursor").GetString();
            Assert.All(page.GetProperty("data").EnumerateArray(),
                r => Assert.Equal(JsonValueKind.String, r.GetProperty("crm").GetProperty("integrationConnectionId").ValueKind));
        }

        Assert.Equal(all.Select(r => r.Id).Reverse(), seen);
        var since = Uri.EscapeDataString(
            all[0].UpdatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        var deleted =
            (await EmulatorCaller.Json(await Call.External(HttpMethod.Get, $"v1/core/recordings?updatedAt:gte={since}"))).GetProperty(
            "data").EnumerateArray().Where(r => r.GetProperty("deleted").GetBoolean());
        Assert.Equal(all[0].Id, Assert.Single(deleted).GetProperty("id").GetString());
        var read = await Call.Mint("read");
        var detail =
            (await EmulatorCaller.Json(await Call.Platform(HttpMethod.Get,
            $"v1/core/recordings/{all[1].Id}?showSummary=true&showEntityExtractions=true", read))).GetProperty("data");
        Assert.StartsWith("Overview:\n", detail.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal("SUCCESS", detail.GetProperty("entityExtractions")[0].GetProperty("status").GetString());
        Assert.Equal(6,
            (await EmulatorCaller.Json(await Call.Platform(HttpMethod.Get, "v1/core/recordings?limit=50", read))).GetProperty("data")
            .GetArrayLength());
    }

    [Fact]
    public async Task Twenty_thousand_users_are_paged()
    {
        Siro.State.AddUsers(Siro.Default.Organization, 19_997);
        Siro.Options.RateLimit = 0;
        var count = 0;
        for (var cursor = ""; cursor is not null;)
        {
            var page = await EmulatorCaller.Json(await Call.External(HttpMethod.Get, $"v1/core/users?pageSize=100&cursor={cursor}"));
            count += page.GetProperty("data").GetArrayLength();
            cursor = page.GetProperty("cursor").GetString();
        }

        Assert.Equal(20_000, count);
        var one = await EmulatorCaller.Json(await Call.External(HttpMethod.Get, "v1/core/users?externalId=crm-rep-19000"));
        Assert.Equal(
            "rep19000@example.com", Assert.Single(one.GetProperty("data").EnumerateArray().ToArray()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task Conversation_types_are_for_members_only()
    {
        var read = await Call.Mint("read");
        var path = $"v1/core/conversation-configurations?organizationId={Siro.Default.Id}";
        Assert.Equal(200, (int)(await Call.Platform(HttpMethod.Get, path, read)).StatusCode);
        Siro.Default.Users[0].IsMember = false;
        Assert.Equal(403, (int)(await Call.Internal(HttpMethod.Get, path, read)).StatusCode);
        Assert.Equal(422, (int)(await Call.Internal(HttpMethod.Get, "v1/core/conversation-configurations", read)).StatusCode);
    }

    [Fact]
    public async Task Faults_strike_where_and_as_often_as_told()
    {
        Siro.Faults.Answer(503, host: "external", path: "/v1/core/users/*", times: 1);
        Assert.Equal(503, (int)(await Call.External(HttpMethod.Get, "v1/core/users/x")).StatusCode);
        Assert.Equal(404, (int)(await Call.External(HttpMethod.Get, "v1/core/users/x")).StatusCode);
        Siro.Faults.Add(new FaultRule { Name = "swallow", Host = "external", Method = "POST", Path = "/v1/core/auth/tokens",
            When = FaultMoment.Processed, Drop = true });
        await Assert.ThrowsAsync<HttpRequestException>(
            () => Call.External(HttpMethod.Post, "v1/core/auth/tokens", new { tokenName = "t", organizationId = Siro.Default.Id }));
        Assert.Contains(Siro.State.Tokens.All, t => t.Name == "t");
        var entry = Siro.Journal.Read(method: "POST")[^1];
        Assert.Equal(("swallow", true), (entry.Fault, entry.Aborted));
        Assert.Single(entry.Effects);
    }

    [Fact]
    public async Task The_oldest_uploads_are_forgotten_where_the_disk_is_to_stay_small()
    {
        await using var other = await EmulatorHost.StartAsync(
            new EmulatorOptions { StorageBytes = 250 }, TestContext.Current.CancellationToken);
        using var caller = new EmulatorCaller(other);
        var token = await caller.Mint("write");
        var files = new List<string>();
        for (byte i = 0; i < 4; i++)
        {
            await caller.Store(token, [.. Enumerable.Repeat(i, 100)]);
            files.Add(other.Objects.All.Single(o => File.ReadAllBytes(o.FilePath)[0] == i).FilePath);
        }

        Assert.Equal([false, false, true, true], files.Select(File.Exists));
        Assert.Equal(2, other.Objects.Count);
    }

    [Fact]
    public async Task Requests_that_are_stalled_do_not_hold_up_the_end()
    {
        var other = await EmulatorHost.StartAsync(cancel: TestContext.Current.CancellationToken);
        other.Faults.Add(new FaultRule { Stall = TimeSpan.FromHours(1) });
        using var caller = new EmulatorCaller(other);
        var stalled = caller.External(HttpMethod.Get, "v1/core/users");
        await Until(() => other.Journal.Last == 1);
        await other.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stalled);
    }

    [Fact]
    public async Task Events_are_retried_lost_and_doubled_as_told()
    {
        await using var receiver = await WebhookReceiver.StartAsync(refusals: 2);
        Siro.Options.WebhookRetryScale = 0.0001;
        Siro.Default.Organization.Webhooks.Add(receiver.Url);
        var sent = Siro.Webhooks.Emit(Siro.Default.Organization, "integrations.recordingProcessed", new { a = 1 });
        await Until(() => receiver.Received.Count == 1);

        // The receiver knows of an attempt before its sender has noted the answer.
        await Until(() => Siro.Webhooks.Attempts.Count(a => a.MessageId == sent.Id) == 3);
        Assert.Equal([500, 500, 200], Siro.Webhooks.Attempts.Where(a => a.MessageId == sent.Id).Select(a => a.Status));
        Siro.Faults.Add(new FaultRule { Host = "webhooks", Duplicate = true, Times = 1 });
        Siro.Webhooks.Emit(Siro.Default.Organization, "integrations.recordingProcessed", new { a = 2 });
        await Until(() => receiver.Received.Count == 3);
        Siro.Options.WebhookLoss = 1;
        Siro.Webhooks.Emit(Siro.Default.Organization, "integrations.recordingProcessed", new { a = 3 });
        Assert.Single(Siro.Webhooks.Lost);
        var many = Enumerable.Range(0, 500)
            .Select(i => new WebhookMessage(WebhookMessage.NewId(), Siro.Default.Id, "x", [(byte)'{', (byte)'}']));
        var acknowledged = await Siro.Webhooks.SendManyAsync(
            Siro.Default.Organization.Webhooks.All[0], many, 16, TestContext.Current.CancellationToken);
        Assert.Equal(500, acknowledged.Count);
        await Until(() => Siro.Webhooks.Pending == 0);
    }

    [Fact]
    public async Task The_telephone_company_serves_guards_and_delays_recordings()
    {
        byte[] bytes = [1, 2, 3];
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var late = Siro.VoipProvider.Add(
            new VoipRecording("late", bytes) { NotReadyTimes = 1, NotReadyStatus = 409, Auth = VoipAuth.Basic("AC1", "key") });
        Assert.Equal(401, (int)(await http.GetAsync(late, TestContext.Current.CancellationToken)).StatusCode);
        http.DefaultRequestHeaders.Add("Authorization", VoipAuth.Basic("AC1", "key").Value);
        Assert.Equal(409, (int)(await http.GetAsync(late, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(bytes, await http.GetByteArrayAsync(late, TestContext.Current.CancellationToken));
        var expired = Siro.VoipProvider.Add(new VoipRecording("expired", bytes) { UrlLifetime = TimeSpan.Zero });
        Assert.Equal(403, (int)(await http.GetAsync(expired, TestContext.Current.CancellationToken)).StatusCode);
        Siro.VoipProvider.Add(new VoipCall { Id = "77", RecordingId = "late", StartedAt = TimeProvider.System.GetUtcNow().AddMinutes(-5) });
        var log = await http.GetFromJsonAsync<JsonElement>(
            new Uri(Siro.Voip, "restapi/v1.0/account/~/call-log?recordingType=All"), TestContext.Current.CancellationToken);
        Assert.Equal(late.AbsoluteUri, log.GetProperty("records")[0].GetProperty("recording").GetProperty("contentUri").GetString());
    }

    [Fact]
    public void Signatures_equal_the_published_vectors()
    {
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            SvixSignature.Sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Assert.Equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            ProviderNotifications.TwilioSignature(
            "12345", new Uri("https://mycompany.com/myapp.php?foo=1&bar=2"), new Dictionary<string, string>
        {
            ["CallSid"] = "CA1234567890ABCDE",
            ["Caller"] = "+14158675309",
            ["Digits"] = "1234",
            ["From"] = "+14158675309",
            ["To"] = "+18005551212",
        }));
        Assert.Equal(
            "93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6", ProviderNotifications.ZoomHash("4fv1RkqGQUq5sWbEz6hA5A",
            """v0:1720705455:{"payload":{"plainToken":"xys8n8PGS7mAU0m5-YJjRA"},"event_ts":1720705455858,"event":"endpoint.url_validation"}"""));
    }

    [Fact]
    public async Task The_journal_keeps_what_came_and_the_control_endpoints_show_it()
    {
        await Call.External(HttpMethod.Post, "v1/core/auth/tokens?a=b", new { tokenName = "t", organizationId = Siro.Default.Id });
        var entry = Assert.Single(Siro.Journal.Read());
        Assert.Equal((SiroHost.External, "POST", "/v1/core/auth/tokens", "?a=b", 200, Siro.Default.OrganizationToken.Id),
            (entry.Host, entry.Method, entry.Path, entry.Query, entry.Status, entry.TokenId));
        Assert.Equal("tests/1.0", entry.Header("user-agent"));
        Assert.Contains("tokenName", entry.BodyText, StringComparison.Ordinal);
        using var http = new HttpClient();
        var journal = await http.GetFromJsonAsync<JsonElement>(
            new Uri(Siro.Control, "journal?host=external&path=/v1/core/**"), TestContext.Current.CancellationToken);
        Assert.Equal(1, journal.GetProperty("count").GetInt32());
        using var changed = await http.PatchAsJsonAsync(new Uri(Siro.Control, "settings"),
            new { contracts = "V2", rateLimit = 7, processingDelay = "00:00:01" }, TestContext.Current.CancellationToken);
        Assert.Equal((7, TimeSpan.FromSeconds(1)), (Siro.Options.RateLimit, Siro.Options.ProcessingDelay));
        using var unknown = await http.PatchAsJsonAsync(
            new Uri(Siro.Control, "settings"), new { rateLimits = 7 }, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)unknown.StatusCode);
        using var fault = await http.PostAsJsonAsync(new Uri(Siro.Control, "faults"),
            new { host = "external", status = 500, stall = "00:00:00.01", when = "Arrival" }, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)fault.StatusCode);
        Assert.Equal(500, (int)(await Call.External(HttpMethod.Get, "v1/core/users")).StatusCode);
        using var seeded = await http.PostAsJsonAsync(
            new Uri(Siro.Control, "organizations"), new { name = "Second", users = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal(2, Siro.State.Organizations.Count());
        Assert.Equal(1, Siro.Journal.Count(status: 500));
    }
}
