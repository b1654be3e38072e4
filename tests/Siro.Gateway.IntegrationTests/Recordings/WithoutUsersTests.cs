using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Operations;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>An organization without an OAuth app, which was read from <c>external</c> alone before it switched to client tokens.</summary>
public sealed class WithoutUsersTests(WithoutUsersTests.Fixture gateway) : IClassFixture<WithoutUsersTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ClientTokenHosts.All)]
    [InlineData(ClientTokenHosts.External)]
    [InlineData(ClientTokenHosts.None)]
    public async Task A_recording_is_read_whichever_hosts_take_client_tokens(ClientTokenHosts hosts)
    {
        gateway.Emulator.Options.ClientTokenHosts = hosts;
        var recording = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: true, announce: false, TimeSpan.Zero)[0];
        using var client = gateway.CreateClient();
        var answer = await client.GetFromJsonAsync<JsonElement>($"/v1/recordings/{recording.Id}?include=summary,evaluationScore", Cancel);
        Assert.Equal(recording.Id, answer.GetProperty("data").GetProperty("id").GetString());
        Assert.NotEmpty(answer.GetProperty("data").GetProperty("summary").EnumerateArray());
        Assert.Equal(0.75, answer.GetProperty("data").GetProperty("evaluationScore").GetDouble());
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            CredentialSwitchTests.Fixture.AddClientApp(settings, Emulator);
            settings["Siro:Organizations:acme:Credential"] = "Both";
            settings.Remove("Siro:Organizations:acme:OAuth:ClientId");
            settings.Remove("Siro:Organizations:acme:OAuth:ClientSecret");
            return Task.CompletedTask;
        }
    }
}
