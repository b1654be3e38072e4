using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// A plus that was not encoded arrives as a blank: nobody else's recording or person comes of it, wherever a query or a form holds one.
/// </summary>
public sealed class PlusSignTests(PlusSignTests.Fixture gateway) : IClassFixture<PlusSignTests.Fixture>
{
    private const string Dane = "+4511111111";
    private const string OtherDane = "+4522222222";
    private const string American = "+14522222222";
    private const string Tagged = "rep+calls@example.com";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static int _number;

    [Theory]
    [InlineData("phone=" + Dane, 0)]
    [InlineData("phone=%2B4511111111", 0)]
    [InlineData("phone=%204511111111", 0)]
    [InlineData("phone=%2B4522222222", 1)]
    [InlineData("phone=%2B14522222222", 2)]
    [InlineData("phone=4522222222", 2)]
    [InlineData("phone=+14522222222", 2)]
    [InlineData("email=" + Tagged, 3)]
    [InlineData("email=rep%2Bcalls@example.com", 3)]
    [InlineData("email=rep%20calls@example.com", 3)]
    public async Task A_person_is_found_by_a_plus_however_it_was_sent(string query, int user)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        var found = await client.GetFromJsonAsync<JsonElement>("/v1/people?" + query, Cancel);

        Assert.Equal([gateway.People[user]], found.GetProperty("data").EnumerateArray().Select(p => p.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task A_number_that_is_two_peoples_is_refused_with_the_encoding_to_send()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.GetAsync("/v1/people?phone=" + OtherDane, Cancel);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal((400, "invalid_query"), ((int)response.StatusCode, body.GetProperty("code").GetString()));
        Assert.Equal("ambiguous_phone", body.GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.Contains("%2B", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repPhone=" + Dane, 0)]
    [InlineData("repPhone=%2B4511111111", 0)]
    [InlineData("repPhone=%2B4522222222", 1)]
    [InlineData("repEmail=" + Tagged, 3)]
    public async Task A_rightly_signed_callback_reaches_the_rep_that_it_names(string query, int user)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var (id, recording) = await CallBackAsync(query);

        await client.CallAsync(id, "created");

        Assert.Equal(gateway.People[user], Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == recording).UserId);
    }

    [Fact]
    public async Task A_callback_whose_number_is_two_peoples_waits_for_a_person()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var (id, _) = await CallBackAsync("repPhone=" + OtherDane);

        Assert.Equal("rep_ambiguous", (await client.CallAsync(id, "needs_rep")).ErrorCode());
    }

    [Theory]
    [InlineData("/v1/events?since=2026-03-01T14:30:00+02:00")]
    [InlineData("/v1/events?since=2026-03-01T14:30:00%2B02:00")]
    [InlineData("/v1/events?since=2026-03-01T14:30:00.123+0200")]
    [InlineData("/v1/deliveries?until=2026-03-01T14:30:00+02:00")]
    public async Task A_moment_with_an_offset_is_one(string path)
    {
        using var client = gateway.CreateClient();
        using var response = await client.GetAsync(path, Cancel);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("a+b/c==", "a+b/c==")]
    [InlineData("a+b/c==", "a%2Bb/c%3D%3D")]
    public async Task An_upload_is_found_by_a_key_in_base64(string key, string written)
    {
        using var client = gateway.CreateClient();
        key += Interlocked.Increment(ref _number);
        var (made, body) = await client.UploadAsync(Forms.Of(Uploads.Recordings.Wav(5000)), key);
        Assert.True(made.IsSuccessStatusCode, body.ToString());

        var found = await client.GetFromJsonAsync<JsonElement>($"/v1/uploads?idempotencyKey={written}{_number}", Cancel);

        Assert.Equal(
            body.GetProperty("id").GetString(), Assert.Single(found.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
    }

    private async Task<(string Id, string Title)> CallBackAsync(string query)
    {
        var number = Interlocked.Increment(ref _number);
        var (id, title) = ($"{number}", $"plus-{number}");
        var target = new Uri(gateway.Gateway.Address, $"/v1/calls/sources/twilio?{query}&title={title}");
        var url = gateway.Emulator.VoipProvider.Add(new VoipRecording(title, CallWords.Audio));
        using var anyone = gateway.CreateClient(apiKey: null);
        using var answer =
            await anyone.SendAsync(ProviderNotifications.Twilio(target, "twilio-secret",
            new VoipCall { Id = id, RecordingId = id, StartedAt = TimeProvider.System.GetUtcNow() }, url), Cancel);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return (body.GetProperty("calls")[0].GetProperty("id").GetString()!, title);
    }

    public sealed class Fixture : GatewayFixture
    {
        /// <summary>
        /// The Dane, the Dane whose number is an American's without its plus, that American, and who has a tag in the email.
        /// </summary>
        public IReadOnlyList<string> People { get; private set; } = [];

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            var users = Emulator.State.AddUsers(Emulator.Default.Organization, 4).ToList();
            People = [.. users.Select(u => u.Id)];
            (users[0].PhoneNumber, users[1].PhoneNumber, users[2].PhoneNumber, users[3].Email) = (Dane, OtherDane, American, Tagged);
            settings["Siro:Organizations:acme:DefaultRegion"] = "US";
            settings["Calls:Sources:twilio:Type"] = "twilio";
            settings["Calls:Sources:twilio:Client"] = "writer";
            settings["Calls:Sources:twilio:Secret"] = "twilio-secret";
            return Task.CompletedTask;
        }
    }
}
