using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>
/// Recordings may be fetched from 127.0.0.1 alone. On 127.0.0.2 somebody listens who must never be asked, whoever gives the URL and
/// however.
/// </summary>
public sealed class RecordingAddressTests(RecordingAddressTests.Fixture gateway) : IClassFixture<RecordingAddressTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static int _number;

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("169.254.169.254")]
    [InlineData("10.0.0.1")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("::ffff:127.0.0.2")]
    public async Task A_name_that_changes_its_address_between_check_and_connection_is_never_fetched_from(string later)
    {
        // Allowed when the call is given, forbidden when its recording is fetched.
        var name = Name();
        gateway.Names[name] = new(["127.0.0.1", later]);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync(name, new Uri($"http://{name}:{gateway.Forbidden.Address.Port}/call.mp3"));
        Assert.Equal("address_forbidden", (await client.CallAsync(id, "failed")).ErrorCode());
        Assert.True(gateway.Names[name].Count <= 1, "the name was resolved for the check and for the connection");
        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Fact]
    public async Task A_name_that_keeps_its_address_is_fetched_from()
    {
        var name = Name();
        gateway.Names[name] = new(["127.0.0.1"]);
        var url = gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio));
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        await client.CallAsync(await client.PostCallAsync(name, new UriBuilder(url) { Host = name }.Uri), "created");
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task A_forbidden_url_that_a_client_gives_is_refused_by_field(string url, string code)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PostAsJsonAsync(
            "/v1/calls",
            new { recordingUrl = Port(url), startedAt = "2026-03-04T15:06:07Z", sourceId = Name(),
                rep = new { email = "rep1@example.com" } }, Cancel);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var error = Assert.Single((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateArray());
        Assert.Equal(("recordingUrl", code), (error.GetProperty("field").GetString(), error.GetProperty("code").GetString()));
        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Fact]
    public async Task Forbidden_urls_in_a_providers_own_notification_end_failed_with_their_code_and_are_never_fetched()
    {
        var urls = Forbidden().Select(row => (Url: Port(row.Data.Item1), Code: row.Data.Item2, Id: Name())).ToList();
        using var anyone = gateway.CreateClient(apiKey: null);
        using var response = await anyone.SendAsync(
            CallWords.Mapped("/v1/calls/sources/signed", "signed-secret",
                new { calls = urls.Select(u => new { id = u.Id, url = u.Url, at = "2026-03-04T15:06:07Z", rep = "rep1@example.com" }) }),
                Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var calls = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("calls").EnumerateArray()
            .Select(c => c.GetProperty("id").GetString()!).ToList();
        Assert.Equal(urls.Count, calls.Count);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        foreach (var (id, url) in calls.Zip(urls))
        {
            Assert.Equal((url.Url, url.Code), (url.Url, (await client.CallAsync(id, "failed")).ErrorCode()));
        }

        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task A_redirect_is_under_the_same_guard_as_the_url_itself(string url, string code)
    {
        var name = Name();
        var away = gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio) { RedirectTo = new Uri(Port(url)) });
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        Assert.Equal(code == "address_forbidden" ? code : "redirect_refused",
            (await client.CallAsync(await client.PostCallAsync(name, away), "failed")).ErrorCode());
        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Fact]
    public async Task Nobody_can_be_led_to_a_forbidden_address_by_mending_a_call()
    {
        var name = Name();
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync(
            name, gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio) { InsteadOfAudio = "<html></html>" }));
        await client.CallAsync(id, "failed");
        Assert.Equal((422, "invalid_call"),
            await client.PatchAsJsonAsync($"/v1/calls/{id}", new { recordingUrl = gateway.Forbidden.Address }, Cancel).RefusalAsync());
        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Fact]
    public async Task A_providers_own_api_is_under_the_same_guard_for_lookups_and_for_polls()
    {
        using var anyone = gateway.CreateClient(apiKey: null);
        var call = new VoipCall { Id = "4711", RecordingId = "r4711", StartedAt = TimeProvider.System.GetUtcNow() };
        using var response =
            await anyone.SendAsync(ProviderNotifications.Twilio(new Uri(gateway.Gateway.Address, "/v1/calls/sources/inside"),
            "inside-secret", call, new Uri(gateway.Emulator.Voip, "r.mp3")), Cancel);
        using var client = gateway.CreateClient();
        Assert.Equal("address_forbidden",
            (await client.CallAsync((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("calls")[0].GetProperty(
            "id").GetString()!, "failed")).ErrorCode());
        await Until.TrueAsync(
            () => gateway.Gateway.Log.Any(l => l.Contains("Polling polled was postponed", StringComparison.Ordinal)),
            "the poll is postponed");
        Assert.Empty(gateway.Forbidden.Requests);
    }

    [Fact]
    public async Task A_sources_credential_goes_to_its_own_hosts_and_to_no_other()
    {
        await using var elsewhere = await Listener.StartAsync("127.0.0.1");
        var (own, other) = (Name(), Name());
        var ownUrl = gateway.Emulator.VoipProvider.Add(new VoipRecording(own, CallWords.Audio) { Auth = VoipAuth.Bearer("voip-token") });
        using var anyone = gateway.CreateClient(apiKey: null);
        using var response = await anyone.SendAsync(
            CallWords.Mapped("/v1/calls/sources/signed", "signed-secret", new
            {
                calls = new[]
                {
                    new { id = own, url = ownUrl, at = "2026-03-04T15:06:07Z", rep = "rep1@example.com" },
                    new { id = other, url = new Uri(elsewhere.Address, "/call.mp3"), at = "2026-03-04T15:06:07Z",
                        rep = "rep1@example.com" },
                },
            }),
            Cancel);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        foreach (var call in (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("calls").EnumerateArray())
        {
            await client.CallAsync(call.GetProperty("id").GetString()!, "created");
        }

        Assert.DoesNotContain("voip-token", string.Join('\n', Assert.Single(elsewhere.Requests).Select(h => $"{h.Key}: {h.Value}")),
            StringComparison.Ordinal);

        // The same client's own calls from that host carry it too.
        var given = Name();
        await client.CallAsync(
            await client.PostCallAsync(given,
                gateway.Emulator.VoipProvider.Add(new VoipRecording(given, CallWords.Audio) { Auth = VoipAuth.Bearer("voip-token") })),
                "created");
    }

    /// <summary>Loopback, link-local, metadata, private, other schemes, credentials; {port} is where the listener is.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Forbidden() =>
    [
        new("http://127.0.0.2:{port}/call.mp3", "address_forbidden"),
        new("http://127.2:{port}/call.mp3", "address_forbidden"),
        new("http://2130706434:{port}/call.mp3", "address_forbidden"),
        new("http://0x7f000002:{port}/call.mp3", "address_forbidden"),
        new("http://[::1]:{port}/call.mp3", "address_forbidden"),
        new("http://[::ffff:127.0.0.2]:{port}/call.mp3", "address_forbidden"),
        new("http://inside.test:{port}/call.mp3", "address_forbidden"),
        new("http://0.0.0.0:{port}/call.mp3", "address_forbidden"),
        new("http://169.254.169.254/latest/meta-data", "address_forbidden"),
        new("http://169.254.1.1/call.mp3", "address_forbidden"),
        new("http://[fe80::1]/call.mp3", "address_forbidden"),
        new("http://[fd00:ec2::254]/latest/meta-data", "address_forbidden"),
        new("http://metadata.test/computeMetadata/v1/", "address_forbidden"),
        new("http://10.0.0.1/call.mp3", "address_forbidden"),
        new("http://172.16.0.1/call.mp3", "address_forbidden"),
        new("http://192.168.1.1/call.mp3", "address_forbidden"),
        new("http://100.64.0.1/call.mp3", "address_forbidden"),
        new("http://[fc00::1]/call.mp3", "address_forbidden"),
        new("file:///etc/passwd", "invalid_url"),
        new("ftp://127.0.0.1/call.mp3", "invalid_url"),
        new("https://user:pass@127.0.0.1:{port}/call.mp3", "url_credentials"),
        new("http://user@127.0.0.1:{port}/call.mp3", "url_credentials"),
    ];

    private static string Name() => $"n{Interlocked.Increment(ref _number)}.test";

    private string Port(string url) => url.Replace("{port}", $"{gateway.Forbidden.Address.Port}", StringComparison.Ordinal);

    public sealed class Fixture : GatewayFixture, IAsyncLifetime
    {
        /// <summary>What each name resolves to, one answer after another; the last one stays.</summary>
        public ConcurrentDictionary<string, ConcurrentQueue<string>> Names { get; } = new(StringComparer.Ordinal)
        {
            ["inside.test"] = new(["127.0.0.2"]),
            ["metadata.test"] = new(["169.254.169.254"]),
        };

        internal Listener Forbidden { get; private set; } = null!;

        public new async ValueTask InitializeAsync()
        {
            Assert.SkipUnless(
                OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "needs the whole of 127.0.0.0/8 on the loopback interface");
            Forbidden = await Listener.StartAsync("127.0.0.2");
            await base.InitializeAsync();
        }

        public new async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Forbidden.DisposeAsync();
        }

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:AllowedNetworks:0"] = "127.0.0.1/32";
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            settings.MappedSource("signed");
            settings["Calls:Sources:signed:Auth:Type"] = "bearer";
            settings["Calls:Sources:signed:Auth:Value"] = "voip-token";
            settings["Calls:Sources:signed:Hosts:0"] = Emulator.Voip.Authority;
            settings.PolledList("polled", new Uri(Forbidden.Address, "/calls").AbsoluteUri + "?limit=20");
            settings["Calls:Sources:inside:Type"] = "twilio";
            settings["Calls:Sources:inside:Client"] = "writer";
            settings["Calls:Sources:inside:Secret"] = "inside-secret";
            settings["Calls:Sources:inside:ApiUrl"] = Forbidden.Address.AbsoluteUri;
            settings["Calls:Sources:inside:Auth:Username"] = "AC1";
            settings["Calls:Sources:inside:Auth:Value"] = "voip-token";
            return Task.CompletedTask;
        }

        protected override void Customize(WebApplicationBuilder builder) => builder.Services.AddSingleton(_ => new OutboundClient(Resolve));

        private Task<IPAddress[]> Resolve(string name, CancellationToken cancellationToken)
        {
            var answers = Names[name];
            var address = answers.Count > 1 && answers.TryDequeue(out var next) ? next : answers.First();
            return Task.FromResult<IPAddress[]>([IPAddress.Parse(address)]);
        }
    }
}
