using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Notify, fetch, forward, with every provider's own notification.</summary>
public sealed class CallsTests(CallsTests.Fixture gateway) : IClassFixture<CallsTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    /// <summary>An hour ago, in whole seconds: the time of the call, not of its upload.</summary>
    private static readonly DateTimeOffset Started = DateTimeOffset.FromUnixTimeSeconds(
        TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 3600);

    private static int _number = 1000;

    private static byte[] Audio => CallWords.Audio;

    [Fact]
    public async Task A_call_given_by_url_becomes_one_recording_with_its_rep_time_and_customer()
    {
        var call = Call();
        var url = gateway.Emulator.VoipProvider.Add(new VoipRecording(call.RecordingId!, Audio));
        var body = new { recordingUrl = url, startedAt = Started, sourceId = call.Id, rep = new { email = "REP2@example.com" },
            customer = new { name = "Ann", phone = "+15557654321" }, title = "Kitchen" };
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var first = await client.PostAsJsonAsync("/v1/calls", body, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        var id = (await first.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString();
        var view = await EndAsync(id!, "created");

        var recording = gateway.Emulator.State.Recordings.Find(view.GetProperty("recordingId").GetString()!)!;
        Assert.Equal(gateway.Emulator.Default.Users[1].Id, recording.UserId);
        Assert.Equal((Started, "Kitchen", "Ann", "+15557654321"),
            (recording.CreatedAt, recording.Title, recording.CustomerName, recording.CustomerPhone));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Audio)),
            gateway.Emulator.Objects.All.Single(o => o.Name == recording.ObjectName).Sha256);

        using var again = await client.PostAsJsonAsync("/v1/calls", body, Cancel);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(id, (await again.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString());
        Assert.Single(gateway.Emulator.State.Recordings.OfObject(recording.ObjectName!));
    }

    [Theory]
    [InlineData("twilio", true, null)]
    [InlineData("twilio", false, null)]
    [InlineData("zoom", true, "Customer")]
    [InlineData("zoom", false, "Customer")]
    [InlineData("aircall", true, null)]
    [InlineData("aircall", false, null)]
    [InlineData("dialpad", true, "Customer")]
    [InlineData("dialpad", false, "Customer")]
    [InlineData("ringcentral", true, "Customer")]
    [InlineData("ringcentral", false, "Customer")]
    [InlineData("plain", true, null)]
    [InlineData("signed", true, "Customer")]
    [InlineData("signed", false, "Customer")]
    public async Task A_providers_notification_sent_twice_ends_as_one_recording(string source, bool outbound, string? customer)
    {
        var call = Call() with { Outbound = outbound, RepEmail = "rep2@example.com", RepPhone = "+15550000002", RepName = "Rep No. 2" };
        var url = gateway.Emulator.VoipProvider.Add(
            new VoipRecording(call.RecordingId!, Audio) { NotReadyTimes = 1, Auth = Fixture.MediaAuth(source) });
        gateway.Emulator.VoipProvider.Add(call);
        var before = gateway.Emulator.Journal.Last;
        using var client = gateway.CreateClient(apiKey: null);
        var ids = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.SendAsync(Notification(source, call, url), Cancel);
            var text = await response.Content.ReadAsStringAsync(Cancel);
            Assert.True(response.StatusCode == HttpStatusCode.OK, text);
            ids.Add(JsonSerializer.Deserialize<JsonElement>(text).GetProperty("calls")[0].GetProperty("id").GetString()!);
        }

        var view = await EndAsync(Assert.Single(ids), "created");
        var recording = gateway.Emulator.State.Recordings.Find(view.GetProperty("recordingId").GetString()!)!;
        Assert.Equal(gateway.Emulator.Default.Users[1].Id, recording.UserId);
        Assert.Equal((Started, customer), (recording.CreatedAt, recording.CustomerName));
        Assert.Equal(
            "+15557654321", recording.CustomerPhone?.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal));
        Assert.Single(gateway.Emulator.State.Recordings.OfObject(recording.ObjectName!));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Audio)),
            gateway.Emulator.Objects.All.Single(o => o.Name == recording.ObjectName).Sha256);

        // Whatever the provider is asked, it is asked with the source's own credential.
        var asked = gateway.Emulator.Journal.Read(before, SiroHost.Voip).Where(e => e.RawTarget.Contains(call.Id, StringComparison.Ordinal)
            && !e.RawTarget.Contains("/calls?", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked, e => Assert.Equal(Fixture.Auth(source).Value, e.Header(Fixture.Auth(source).Header)));
    }

    [Theory]
    [InlineData("twilio")]
    [InlineData("zoom")]
    [InlineData("aircall")]
    [InlineData("dialpad")]
    [InlineData("ringcentral")]
    [InlineData("plain")]
    [InlineData("signed")]
    public async Task A_forged_unsigned_or_changed_notification_is_refused_and_nothing_is_stored(string source)
    {
        var call = Call();
        var url = new Uri("http://127.0.0.1:9/x.mp3");
        using var client = gateway.CreateClient(apiKey: null);
        Assert.Equal(
            (400, "bad_signature"), await client.SendAsync(Notification(source, call, url, secret: "another"), Cancel).RefusalAsync());
        Assert.Equal((400, "missing_headers"), await client.SendAsync(await UnsignedAsync(source, call, url), Cancel).RefusalAsync());
        if (source is not ("aircall" or "ringcentral"))
        {
            // A signature of another notification. (A token, which two of the providers send instead, says nothing about the content.)
            using var good = Notification(source, Call(), url);
            Assert.Equal((400, "bad_signature"),
                await client.SendAsync(await ChangedAsync(Notification(source, call, url), good), Cancel).RefusalAsync());
        }

        await NothingIsStoredAsync(call);
    }

    [Theory]
    [InlineData("zoom", -301)]
    [InlineData("zoom", 301)]
    [InlineData("signed", -301)]
    [InlineData("signed", 301)]
    public async Task A_stale_notification_is_refused_and_nothing_is_stored(string source, int seconds)
    {
        // The others sign no time.
        var call = Call();
        using var client = gateway.CreateClient(apiKey: null);
        var late = seconds > 0 ? TimeSpan.FromSeconds(seconds + 60) : TimeSpan.FromSeconds(seconds);
        Assert.Equal((400, "stale_timestamp"),
            await client.SendAsync(Notification(source, call, new Uri("http://127.0.0.1:9/x.mp3"), late: late), Cancel).RefusalAsync());
        await NothingIsStoredAsync(call);
    }

    [Fact]
    public async Task Handshakes_are_answered()
    {
        using var client = gateway.CreateClient(apiKey: null);
        using var zoom = await client.SendAsync(
            ProviderNotifications.ZoomValidation(Target("zoom"), "zoom-secret", "plain", TimeProvider.System.GetUtcNow()), Cancel);
        Assert.Equal(ProviderNotifications.ZoomHash("zoom-secret", "plain"),
            (await zoom.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("encryptedToken").GetString());
        using var ring = await client.SendAsync(ProviderNotifications.RingCentralValidation(Target("ringcentral"), "hello"), Cancel);
        Assert.Equal("hello", ring.Headers.GetValues("Validation-Token").Single());
    }

    [Fact]
    public async Task A_call_without_rep_waits_for_one_and_goes_on_when_it_is_named()
    {
        var call = Call();
        var url = gateway.Emulator.VoipProvider.Add(new VoipRecording(call.RecordingId!, Audio));
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var posted = await client.PostAsJsonAsync(
            "/v1/calls", new { recordingUrl = url, startedAt = Started, sourceId = call.Id, rep = new { externalId = "nobody" } }, Cancel);
        var id = (await posted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!;
        Assert.Equal("needs_rep", (await EndAsync(id, "needs_rep")).GetProperty("error").GetProperty("code").GetString());
        using var patched = await client.PatchAsJsonAsync($"/v1/calls/{id}", new { rep = new { externalId = "crm-rep-3" } }, Cancel);
        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);
        var view = await EndAsync(id, "created");
        Assert.Equal(gateway.Emulator.Default.Users[2].Id,
            gateway.Emulator.State.Recordings.Find(view.GetProperty("recordingId").GetString()!)!.UserId);
        using var late = await client.PatchAsJsonAsync($"/v1/calls/{id}", new { rep = new { externalId = "crm-rep-1" } }, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
    }

    [Fact]
    public async Task A_page_instead_of_audio_and_a_redirect_are_dead_letters_with_their_reason()
    {
        var page = Call();
        var redirect = Call();
        var login = gateway.Emulator.VoipProvider.Add(
            new VoipRecording(page.RecordingId!, Audio) { InsteadOfAudio = "<html><body>Please sign in</body></html>" });
        var away = gateway.Emulator.VoipProvider.Add(
            new VoipRecording(redirect.RecordingId!, Audio) { RedirectTo = new Uri("http://169.254.169.254/latest/meta-data") });
        Assert.Equal(
            "not_audio", (await EndAsync(await PostAsync(page.Id, login), "failed")).GetProperty("error").GetProperty("code").GetString());
        var id = await PostAsync(redirect.Id, away);
        Assert.Equal("address_forbidden", (await EndAsync(id, "failed")).GetProperty("error").GetProperty("code").GetString());

        // The provider has mended it; a person retries.
        gateway.Emulator.VoipProvider.Add(new VoipRecording(redirect.RecordingId!, Audio));
        using var client = gateway.CreateClient();
        using var retried = await client.PostAsync($"/v1/calls/{id}/retry", null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await EndAsync(id, "created");
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data", "address_forbidden")]
    [InlineData("http://[fe80::1]/x.mp3", "address_forbidden")]
    [InlineData("http://10.0.0.1/x.mp3", "address_forbidden")]
    [InlineData("http://192.168.1.1/x.mp3", "address_forbidden")]
    [InlineData("http://[::ffff:10.0.0.1]/x.mp3", "address_forbidden")]
    [InlineData("http://2130706433.example/x.mp3?", null)]
    [InlineData("file:///etc/passwd", "invalid_url")]
    [InlineData("ftp://example.com/x.mp3", "invalid_url")]
    [InlineData("https://user:pass@example.com/x.mp3", "url_credentials")]
    [InlineData("//example.com/x.mp3", "invalid_url")]
    [InlineData("", "required")]
    public async Task A_recording_url_that_points_where_it_must_not_is_refused_by_field(string url, string? code)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PostAsJsonAsync("/v1/calls",
            new { recordingUrl = url, startedAt = Started, sourceId = "bad-" + url, rep = new { email = "rep1@example.com" } }, Cancel);
        if (code is null)
        {
            // A name that does not resolve now may do so later.
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            return;
        }

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var error = Assert.Single((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateArray());
        Assert.Equal(("recordingUrl", code), (error.GetProperty("field").GetString(), error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_polled_source_finds_calls_that_nobody_announced()
    {
        var call = Call() with { StartedAt = TimeProvider.System.GetUtcNow() };
        gateway.Emulator.VoipProvider.Add(new VoipRecording(call.RecordingId!, Audio));
        gateway.Emulator.VoipProvider.Add(call);
        using var client = gateway.CreateClient();
        await Until.TrueAsync(
            async () =>
                (await client.GetFromJsonAsync<JsonElement>("/v1/calls?status=created&limit=200", Cancel)).GetProperty("data")
                    .EnumerateArray()
                .Any(c => c.GetProperty("source").GetString() == "polled" && c.GetProperty("sourceId").GetString() == call.Id),
            "polling finds the call",
            TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_expired_url_is_asked_for_again()
    {
        var call = Call();
        var recording = new VoipRecording(call.RecordingId!, Audio) { UrlLifetime = TimeSpan.FromSeconds(30) };
        gateway.Emulator.VoipProvider.Add(recording);
        gateway.Emulator.VoipProvider.Add(call);
        var fresh = gateway.Emulator.VoipProvider.UrlOf(recording);
        var expired = new Uri(fresh.GetLeftPart(UriPartial.Path) + "?expires=1000&signature=0");
        using var client = gateway.CreateClient(apiKey: null);
        using var response = await client.SendAsync(Notification("aircall", call, expired), Cancel);
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("calls")[0].GetProperty("id").GetString()!;
        await EndAsync(id, "created");
    }

    [Fact]
    public async Task RingCentrals_log_is_asked_for_a_fresh_url_when_the_one_that_it_gave_has_expired()
    {
        // Each URL lives a second and a half, and the recording takes longer to be there.
        var call = Call();
        gateway.Emulator.VoipProvider.Add(
            new VoipRecording(call.RecordingId!, Audio) { UrlLifetime = TimeSpan.FromSeconds(1.5), NotReadyTimes = 10 });
        gateway.Emulator.VoipProvider.Add(call);
        using var anyone = gateway.CreateClient(apiKey: null);
        using var told = await anyone.SendAsync(Notification("ringcentral", call, gateway.Emulator.Voip), Cancel);
        await EndAsync(
            (await told.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("calls")[0].GetProperty("id").GetString()!, "created");
        var fetches = gateway.Emulator.Journal.Read(0, SiroHost.Voip, $"/recordings/{call.RecordingId}.mp3");
        Assert.Contains(fetches, e => e.Status == 403);
        Assert.NotEqual(fetches[0].Query, fetches[^1].Query);
        Assert.True(gateway.Emulator.Journal.Read(0, SiroHost.Voip,
            "/restapi/v1.0/account/~/call-log").Count(
            e => e.Query.Contains("telephonySessionId=s-" + call.Id, StringComparison.Ordinal)) >= 2);
    }

    [Fact]
    public async Task RingCentrals_call_log_is_polled()
    {
        var call = Call() with { StartedAt = TimeProvider.System.GetUtcNow() };
        gateway.Emulator.VoipProvider.Add(new VoipRecording(call.RecordingId!, Audio));
        gateway.Emulator.VoipProvider.Add(call);
        using var client = gateway.CreateClient();
        await Until.TrueAsync(
            async () =>
                (await client.GetFromJsonAsync<JsonElement>("/v1/calls?status=created&limit=200", Cancel)).GetProperty("data")
                    .EnumerateArray()
                .Any(c => c.GetProperty("source").GetString() == "ring-log" && c.GetProperty("sourceId").GetString() == "s-" + call.Id),
            "the call log is read",
            TimeSpan.FromSeconds(20));
    }

    private static VoipCall Call()
    {
        var number = Interlocked.Increment(ref _number);
        return new VoipCall { Id = $"{number}", RecordingId = $"r{number}", StartedAt = Started };
    }

    private Uri Target(string source) => new(gateway.Gateway.Address, $"/v1/calls/sources/{source}");

    private async Task NothingIsStoredAsync(VoipCall call)
    {
        using var admin = gateway.CreateClient();
        Assert.DoesNotContain(
            await admin.AllCallsAsync(), c => c.GetProperty("sourceId").GetString()!.Contains(call.Id, StringComparison.Ordinal));
    }

    /// <summary>The same notification without what proves it.</summary>
    private async Task<HttpRequestMessage> UnsignedAsync(string source, VoipCall call, Uri url)
    {
        if (source == "dialpad")
        {
            return ProviderNotifications.Dialpad(Target(source), null, call, url);
        }

        var request = Notification(source, call, url);
        foreach (var header in new[] { "X-Twilio-Signature", "x-zm-signature", "Verification-Token", "X-Signature" })
        {
            request.Headers.Remove(header);
        }

        if (source == "aircall")
        {
            var text = await request.Content!.ReadAsStringAsync(Cancel);
            request.Content = new StringContent(
                text.Replace("\"token\":", "\"no\":", StringComparison.Ordinal), Encoding.UTF8, "application/json");
        }

        return request;
    }

    /// <summary>One notification under the signature of another.</summary>
    private static async Task<HttpRequestMessage> ChangedAsync(HttpRequestMessage request, HttpRequestMessage signed)
    {
        if (request.Content!.Headers.ContentType?.MediaType == "application/jwt")
        {
            var (own, other) = (await request.Content.ReadAsStringAsync(Cancel), await signed.Content!.ReadAsStringAsync(Cancel));
            request.Content = new StringContent(
                own[..own.LastIndexOf('.')] + other[other.LastIndexOf('.')..], Encoding.UTF8, "application/jwt");
        }

        foreach (var (name, values) in signed.Headers.Where(h => request.Headers.Contains(h.Key)).ToList())
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, values);
        }

        return request;
    }

    private HttpRequestMessage Notification(string source, VoipCall call, Uri url, string? secret = null, TimeSpan late = default)
    {
        var target = Target(source);
        var now = TimeProvider.System.GetUtcNow() + late;
        return source switch
        {
            "twilio" => ProviderNotifications.Twilio(target, secret ?? "twilio-secret", call, url),
            "zoom" => ProviderNotifications.Zoom(target, secret ?? "zoom-secret", call, url, now),
            "aircall" => ProviderNotifications.Aircall(target, secret ?? "aircall-secret", call, url, now),
            "dialpad" => ProviderNotifications.Dialpad(target, secret ?? "dialpad-secret", call, url),
            "ringcentral" => ProviderNotifications.RingCentral(target, secret ?? "ringcentral-secret", call, now),
            "signed" =>
                CallWords.Mapped(target.AbsolutePath, secret ?? "signed-secret",
                    new { calls =
                    new[] { new { id = "signed-" + call.Id, url, at = call.StartedAt, direction = call.Outbound ? "Outgoing" : "Incoming",
                    from = call.From, to = call.To, name = call.CustomerName } } }, now),
            _ => Plain(target, secret ?? "plain-secret", call, url),
        };
    }

    private static HttpRequestMessage Plain(Uri target, string secret, VoipCall call, Uri url)
    {
        var body =
            JsonSerializer.SerializeToUtf8Bytes(new { uuid = "plain-" + call.Id, media = new { href = url },
            began = call.StartedAt.ToUnixTimeSeconds(), agent = call.RepEmail, caller = call.CustomerPhone });
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Signature", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
        return request;
    }

    private async Task<string> PostAsync(string sourceId, Uri url)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var posted = await client.PostAsJsonAsync(
            "/v1/calls", new { recordingUrl = url, startedAt = Started, sourceId, rep = new { email = "rep1@example.com" } }, Cancel);
        return (await posted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!;
    }

    private async Task<JsonElement> EndAsync(string id, string status)
    {
        using var client = gateway.CreateClient();
        JsonElement view = default;
        await Until.TrueAsync(
            async () =>
                (view = await client.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)).GetProperty("status").GetString() == status,
            $"the call is {status}",
            TimeSpan.FromSeconds(20));
        return view;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            foreach (var type in new[] { "twilio", "zoom", "aircall", "dialpad", "ringcentral" })
            {
                Source(settings, type, type);
            }

            settings.MappedSource("signed");
            Source(settings, "signed", "mapping");
            Source(settings, "plain", "mapping");
            settings["Calls:Sources:plain:Signature:Header"] = "X-Signature";
            settings["Calls:Sources:plain:Signature:Prefix"] = "sha256=";
            settings.Mapping("plain", ("SourceId", "/uuid"), ("RecordingUrl", "/media/href"), ("StartedAt", "/began"),
                ("RepEmail", "/agent"), ("CustomerPhone", "/caller"));
            Source(settings, "ring-log", "ringcentral");
            settings["Calls:Sources:ring-log:Poll:Interval"] = "00:00:01";
            Source(settings, "polled", "mapping");
            settings["Calls:Sources:polled:Poll:Url"] = new Uri(Emulator.Voip, "calls").AbsoluteUri + "?since={since}";
            settings["Calls:Sources:polled:Poll:Interval"] = "00:00:01";
            settings["Calls:Sources:polled:Poll:Next"] = "/next";
            settings["Calls:Sources:polled:Poll:CursorParameter"] = "after";
            settings.Mapping("polled", ("Items", "/items"), ("SourceId", "/id"), ("RecordingUrl", "/recording_url"),
                ("StartedAt", "/started_at"), ("RepEmail", "/agent/email"), ("CustomerPhone", "/customer/phone"));
            return Task.CompletedTask;
        }

        private void Source(Dictionary<string, string?> settings, string name, string type)
        {
            var path = $"Calls:Sources:{name}";
            settings[path + ":Type"] = type;
            settings[path + ":Client"] = "writer";
            settings[path + ":Secret"] = name + "-secret";
            settings[path + ":ApiUrl"] = Emulator.Voip.AbsoluteUri.TrimEnd('/');
            var auth = Auth(name);
            settings[path + ":Auth:Type"] = auth.Header != "Authorization"
                ? "header" : auth.Value.StartsWith("Basic", StringComparison.Ordinal) ? "basic" : "bearer";
            settings[path + ":Auth:Username"] = "AC1";
            settings[path + ":Auth:Header"] = auth.Header;
            settings[path + ":Auth:Value"] = name is "twilio" or "aircall" ? "voip-password" : name + "-credential";
        }

        /// <summary>As the documents of each provider have it: Basic, Bearer, or a header of its own.</summary>
        public static VoipAuth Auth(string source) => source switch
        {
            "twilio" or "aircall" => VoipAuth.Basic("AC1", "voip-password"),
            "plain" => new VoipAuth("X-Media-Key", "plain-credential"),
            _ => VoipAuth.Bearer(source + "-credential"),
        };

        /// <summary>Wanted by the recording itself; Aircall's URLs are signed instead.</summary>
        public static VoipAuth? MediaAuth(string source) => source == "aircall" ? null : Auth(source);
    }
}
