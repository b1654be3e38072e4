using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>
/// What a call says about itself: who the rep is, what it links to, what is wrong with it; and notifications in any order.
/// </summary>
public sealed class CallDetailsTests(CallDetailsTests.Fixture gateway) : IClassFixture<CallDetailsTests.Fixture>
{
    private const string Create = "/v1/core/recordings/upload";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static int _number = 5000;

    [Fact]
    public async Task Everything_that_a_call_says_reaches_siro()
    {
        var connection = gateway.Emulator.Default.Organization.Connections[0].Id;
        var type = gateway.Emulator.Default.Organization.ConversationTypes[0].TypeId;
        var started = TimeProvider.System.GetUtcNow().AddDays(-40);
        var body = await CreatedAsync(new
        {
            recordingUrl = Recording("all"),
            startedAt = started,
            sourceId = "all",
            rep = new { userId = gateway.Users[2] },
            customer = new { name = "Ann", phone = "+15557654321" },
            title = "Kitchen \"remodel\"",
            conversationType = type,
            integrationConnectionId = connection,
            crmObjects = new[] { new { objectType = "Opportunity", objectId = "opp-101" } },
        });
        Assert.Equal((gateway.Users[2], "Kitchen \"remodel\"", type, connection),
            (Text(body, "userId"), Text(body, "title"), Text(body, "conversationType"), Text(body, "integrationConnectionId")));
        Assert.Equal(started.ToUnixTimeMilliseconds(), body.GetProperty("dateCreated").GetDateTimeOffset().ToUnixTimeMilliseconds());
        var linked = Assert.Single(body.GetProperty("crmObjects").EnumerateArray());
        Assert.Equal(("Opportunity", "opp-101"), (Text(linked, "objectType"), Text(linked, "objectId")));
    }

    [Theory]
    [InlineData("""{"email":"REP2@Example.com"}""", 1)]
    [InlineData("""{"phone":"(555) 000-0002"}""", 1)]
    [InlineData("""{"phone":"1-555-000-0002"}""", 1)]
    [InlineData("""{"externalId":"crm-rep-2"}""", 1)]
    [InlineData("""{"email":"rep2@example.com","phone":"+15550000003","externalId":"crm-rep-1"}""", 1)]
    [InlineData("""{"email":"stranger@example.com","phone":"+15550000002","externalId":"crm-rep-1"}""", 1)]
    [InlineData("""{"email":"stranger@example.com","phone":"+15559999999","externalId":"crm-rep-2"}""", 1)]
    public async Task A_rep_becomes_a_user_id_by_email_then_phone_then_crm_id(string rep, int user)
    {
        var body = await CreatedAsync(Call(rep));
        Assert.Equal((gateway.Users[user], null, null), (Text(body, "userId"), Text(body, "userEmail"), Text(body, "userPhone")));
    }

    [Theory]
    [InlineData("""{"email":"stranger@example.com"}""", "stranger@example.com", null)]
    [InlineData("""{"phone":"(555) 999-9999"}""", null, "+15559999999")]
    [InlineData("""{"email":"twin@example.com"}""", "twin@example.com", null)]
    public async Task A_rep_whom_nobody_knows_or_two_could_be_is_passed_on_as_given(string rep, string? email, string? phone)
    {
        var body = await CreatedAsync(Call(rep));
        Assert.Equal((null, email, phone), (Text(body, "userId"), Text(body, "userEmail"), Text(body, "userPhone")));
    }

    [Theory]
    [InlineData("no json", 400, "invalid_json", null)]
    [InlineData("[]", 400, "invalid_json", null)]
    [InlineData("""{"recordingUrl":"http://127.0.0.1/a.mp3"}""", 422, "invalid_call", "sourceId,startedAt")]
    [InlineData("""{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2026-01-01T00:00:00Z","sourceId":"s","colour":1}""", 422,
        "invalid_call", "colour")]
    [InlineData("""{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"yesterday","sourceId":"s"}""", 422, "invalid_call", "startedAt")]
    [InlineData("""{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2096-01-01T00:00:00Z","sourceId":"s"}""", 422, "invalid_call",
        "startedAt")]
    [InlineData(
        """{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2026-01-01T00:00:00Z","sourceId":"s","rep":{"email":"no email"}}""", 422,
        "invalid_call", "rep.email")]
    [InlineData(
        """{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2026-01-01T00:00:00Z","sourceId":"s","conversationType":"Sales call"}""",
        422, "invalid_call", "conversationType")]
    [InlineData(
        """{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2026-01-01T00:00:00Z","sourceId":"s","crmObjects":[{"objectType":"Lead","objectId":"1"}]}""", 422, "invalid_call", "integrationConnectionId")]
    [InlineData(
        """{"recordingUrl":"http://127.0.0.1/a.mp3","startedAt":"2026-01-01T00:00:00Z","sourceId":"s","integrationConnectionId":"c","crmObjects":[{"objectType":"Deal","objectId":"1"}]}""", 422, "invalid_call", "crmObjects[0]")]
    public async Task A_call_with_errors_is_refused_by_field(string body, int status, string code, string? fields)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PostAsync("/v1/calls", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal((status, code), ((int)response.StatusCode, Text(problem, "code")));
        if (fields is not null)
        {
            Assert.Equal(fields,
                string.Join(
                ',', problem.GetProperty("errors").EnumerateArray().Select(e => Text(e, "field")).Order(StringComparer.Ordinal)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_events_of_one_call_end_as_one_recording_in_either_order(bool recordingFirst)
    {
        // Aircall: the call has ended (no recording yet), and its recording is there. This source has no credential to ask for it.
        var call = NewCall();
        var url = Recording(call.RecordingId!);
        var (ended, recorded) = ((Uri?)null, (Uri?)url);
        using var client = gateway.CreateClient(apiKey: null);
        string? id = null;
        foreach (var link in recordingFirst ? new[] { recorded, ended, recorded } : [ended, ended, recorded, recorded])
        {
            var notification = ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, link,
                TimeProvider.System.GetUtcNow(), link is null ? "call.ended" : "call.comm_assets_generated");
            var told = (await TellAsync(client, notification)).GetProperty("calls")[0].GetProperty("id").GetString()!;
            Assert.Equal(id ??= told, told);
            if (link is null && !recordingFirst)
            {
                using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
                Assert.Equal("recording_not_ready", (await writer.CallAsync(id, "waiting")).ErrorCode());
            }
        }

        using var admin = gateway.CreateClient();
        var view = await admin.CallAsync(id!, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Id == view.GetProperty("recordingId").GetString());
        Assert.Single(gateway.Emulator.Journal.Read(0, SiroHost.Platform, Create),
            e => e.BodyText.Contains(
            call.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_stopped_for_want_of_a_rep_goes_on_when_a_later_event_names_one(bool recordingFirst)
    {
        // Aircall's first event of a call that nobody in particular took has no user; the one with the recording, or after it, has.
        var call = NewCall();
        var url = Recording(call.RecordingId!);
        using var client = gateway.CreateClient(apiKey: null);
        using var admin = gateway.CreateClient();
        async Task<string> NotifyAsync(Uri? link, object? user)
        {
            var notification = new HttpRequestMessage(HttpMethod.Post, Target("aircall"))
            {
                Content = JsonContent.Create(new
                {
                    @event = link is null ? "call.ended" : "call.comm_assets_generated",
                    token = "aircall-secret",
                    data = new { id = call.Id, recording = link, started_at = call.StartedAt.ToUnixTimeSeconds(), user,
                        raw_digits = "anonymous" },
                }),
            };
            return (await TellAsync(client, notification)).GetProperty("calls")[0].GetProperty("id").GetString()!;
        }

        var id = await NotifyAsync(recordingFirst ? url : null, null);
        Assert.Equal("needs_rep", (await admin.CallAsync(id, "needs_rep")).ErrorCode());
        Assert.Equal(id, await NotifyAsync(recordingFirst ? null : url, null));
        Assert.Equal("needs_rep", (await admin.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)).GetProperty("status").GetString());
        Assert.Equal(id, await NotifyAsync(null, new { email = "rep2@example.com" }));
        await admin.CallAsync(id, "created");
    }

    [Fact]
    public async Task A_notification_that_comes_ten_times_at_once_is_one_call()
    {
        var call = NewCall();
        var url = Recording(call.RecordingId!);
        using var client = gateway.CreateClient(apiKey: null);
        var answers =
            await Task.WhenAll(Enumerable.Range(0,
            10).Select(_ => TellAsync(
            client, ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, url, TimeProvider.System.GetUtcNow()))));
        var id = Assert.Single(answers.Select(a => a.GetProperty("calls")[0].GetProperty("id").GetString()!).Distinct());
        using var admin = gateway.CreateClient();
        await admin.CallAsync(id, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.CreatedAt == call.StartedAt);
    }

    [Fact]
    public async Task A_call_that_waits_with_an_expired_url_takes_the_fresh_one_that_the_provider_sends()
    {
        var call = NewCall();
        var recording = new VoipRecording(call.RecordingId!, CallWords.Audio) { UrlLifetime = TimeSpan.FromMinutes(5) };
        var fresh = gateway.Emulator.VoipProvider.Add(recording);
        using var client = gateway.CreateClient(apiKey: null);
        using var admin = gateway.CreateClient();
        var expired = new Uri(fresh.GetLeftPart(UriPartial.Path) + "?expires=1000&signature=0");
        var first = await TellAsync(
            client, ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, expired, TimeProvider.System.GetUtcNow()));
        var id = first.GetProperty("calls")[0].GetProperty("id").GetString()!;
        Assert.Equal("recording_url_expired", (await admin.CallAsync(id, "waiting")).ErrorCode());
        await TellAsync(
            client, ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, fresh, TimeProvider.System.GetUtcNow()));
        await admin.CallAsync(id, "created");
    }

    [Fact]
    public async Task A_notification_is_answered_before_the_provider_is_asked_for_anything()
    {
        // The provider itself stands still for five seconds, as long as it waits for an answer (Aircall, Dialpad).
        var call = NewCall();
        var url = Recording(call.RecordingId!);
        var before = gateway.Emulator.Journal.Last;
        gateway.Emulator.Faults.Add(new FaultRule { Name = "still", Host = "voip", Stall = TimeSpan.FromSeconds(5) });
        string id;
        try
        {
            using var anyone = gateway.CreateClient(apiKey: null);
            id = (await TellAsync(anyone,
                ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, url,
                TimeProvider.System.GetUtcNow()))).GetProperty("calls")[0].GetProperty("id").GetString()!;
            Assert.DoesNotContain(gateway.Emulator.Journal.Read(before, SiroHost.Voip), e => e.Status != 0);
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }

        using var admin = gateway.CreateClient();
        await admin.CallAsync(id, "created");
    }

    [Fact]
    public async Task A_sources_calls_are_uploaded_as_the_user_whom_its_client_names_by_email_and_as_nobody_else()
    {
        using var anyone = gateway.CreateClient(apiKey: null);
        using var admin = gateway.CreateClient();
        async Task<string> NotifyAsync(string source)
        {
            var call = NewCall();
            var notice = new { id = call.Id, url = Recording(call.RecordingId!), at = call.StartedAt, rep = "rep3@example.com" };
            return (await TellAsync(anyone,
                CallWords.Mapped("/v1/calls/sources/" + source, source + "-secret", new { calls = new[] { notice } }))).GetProperty(
                "calls")[0].GetProperty("id").GetString()!;
        }

        var before = gateway.Emulator.Journal.Last;
        Assert.Equal("acting_user_missing", (await admin.CallAsync(await NotifyAsync("of-stranger"), "failed")).ErrorCode());
        Assert.Empty(gateway.Emulator.Journal.Read(before, SiroHost.Platform));
        await admin.CallAsync(await NotifyAsync("of-rep2"), "created");

        // The same client's polled source.
        var polled = new VoipCall { Id = $"polled-{Interlocked.Increment(ref _number)}", RecordingId = "polled-by-email",
            StartedAt = TimeProvider.System.GetUtcNow(), RepEmail = "rep3@example.com" };
        Recording(polled.RecordingId);
        gateway.Emulator.VoipProvider.Add(polled);
        await Until.TrueAsync(async () => (await admin.AllCallsAsync("status=created")).Any(c => Text(c, "sourceId") == polled.Id),
            "the polled call is created");
        var creations = gateway.Emulator.Journal.Read(before, SiroHost.Platform, Create, "POST");
        Assert.Equal([gateway.Users[1], gateway.Users[1]], creations.Select(c => c.UserId));
        Assert.All(creations, c => Assert.Contains(gateway.Users[2], c.BodyText, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_about_something_else_are_acknowledged_and_nothing_is_stored()
    {
        var call = NewCall();
        var url = Recording(call.RecordingId!);
        var now = TimeProvider.System.GetUtcNow();
        using var client = gateway.CreateClient(apiKey: null);
        foreach (var other in new[]
        {
            ProviderNotifications.Twilio(Target("twilio"), "twilio-secret", call, url, status: "absent"),
            ProviderNotifications.Twilio(Target("twilio"), "twilio-secret", call, url, status: "failed"),
            ProviderNotifications.Aircall(Target("aircall"), "aircall-secret", call, url, now, "call.created"),
            CallWords.Mapped("/v1/calls/sources/signed", "signed-secret",
                new { calls = new[] { new { id = call.Id, url, at = call.StartedAt, state = "ringing" } } }),
        })
        {
            Assert.Equal(0, (await TellAsync(client, other)).GetProperty("calls").GetArrayLength());
        }

        using var admin = gateway.CreateClient();
        Assert.DoesNotContain(await admin.AllCallsAsync(), c => Text(c, "sourceId")!.Contains(call.Id, StringComparison.Ordinal));
        Assert.Equal((404, "source_not_found"), await client.PostAsync("/v1/calls/sources/unknown", null, Cancel).RefusalAsync());
        Assert.Equal(413,
            (await client.PostAsync("/v1/calls/sources/signed", new ByteArrayContent(new byte[300_000]), Cancel).RefusalAsync()).Status);
    }

    private static object Call(string rep) => new
    {
        recordingUrl = (string?)null,
        startedAt = "2026-03-04T15:06:07Z",
        sourceId = $"rep-{Interlocked.Increment(ref _number)}",
        rep = JsonSerializer.Deserialize<JsonElement>(rep),
    };

    private static VoipCall NewCall()
    {
        var number = Interlocked.Increment(ref _number);
        return new VoipCall { Id = $"{number}", RecordingId = $"d{number}",
            StartedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + (number * 60)) };
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;

    private static async Task<JsonElement> TellAsync(HttpClient client, HttpRequestMessage notification)
    {
        using var response = await client.SendAsync(notification, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private Uri Target(string source) => new(gateway.Gateway.Address, $"/v1/calls/sources/{source}");

    private Uri Recording(string name) => gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio));

    /// <summary>Posts the call, waits for its recording, and answers the body of the request that made it.</summary>
    private async Task<JsonElement> CreatedAsync(object call)
    {
        var json = JsonSerializer.SerializeToNode(call, JsonSerializerOptions.Web)!;
        json["recordingUrl"] ??= Recording(json["sourceId"]!.GetValue<string>()).AbsoluteUri;
        var before = gateway.Emulator.Journal.Last;
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var posted = await client.PostAsJsonAsync("/v1/calls", json, Cancel);
        Assert.True(posted.StatusCode == HttpStatusCode.Accepted, await posted.Content.ReadAsStringAsync(Cancel));
        await client.CallAsync((await posted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!, "created");
        return JsonSerializer.Deserialize<JsonElement>(
            Assert.Single(gateway.Emulator.Journal.Read(before, SiroHost.Platform, Create, "POST"), e => e.Status == 201).BodyText);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            foreach (var twin in Emulator.State.AddUsers(Emulator.Default.Organization, 2))
            {
                twin.Email = "twin@example.com";
            }

            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            foreach (var (name, user) in new[] { ("rep2", "rep2@example.com"), ("stranger", "stranger@example.com") })
            {
                GatewaySettings.Client(settings, name, $"sgw_test-{name}-000000000000000000000000000000000", ["calls:write"]);
                settings[$"Clients:{name}:DefaultUser"] = user;
                settings.MappedSource("of-" + name, name);
            }

            settings.PolledList("polled", new Uri(Emulator.Voip, "calls").AbsoluteUri + "?limit=20");
            settings["Calls:Sources:polled:Client"] = "rep2";
            settings.MappedSource("signed");
            settings["Calls:Sources:signed:Mapping:When:/state"] = "done";
            foreach (var type in new[] { "aircall", "twilio" })
            {
                settings[$"Calls:Sources:{type}:Type"] = type;
                settings[$"Calls:Sources:{type}:Client"] = "writer";
                settings[$"Calls:Sources:{type}:Secret"] = type + "-secret";
            }

            return Task.CompletedTask;
        }
    }
}
