using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>Who names no user, where none is configured either: the organization's token would show every recording.</summary>
public sealed class ActingUserTests(ActingUserTests.Fixture gateway) : IClassFixture<ActingUserTests.Fixture>
{
    private const string LimitedKey = "sgw_test-limited-00000000000000000000000000000000";
    private const string ExternalKey = "sgw_test-external-0000000000000000000000000000000";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_acts_for_users_alone_has_to_name_one()
    {
        var recording = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: true, announce: false, TimeSpan.Zero)[0];
        using var limited = gateway.CreateClient(LimitedKey);
        using var unnamed = await limited.GetAsync($"/v1/recordings/{recording.Id}", Cancel);
        await GatewayProblem.AssertAsync(unnamed, 400, "acting_user_missing");

        using var external = gateway.CreateClient(ExternalKey);
        using var read = await external.GetAsync($"/v1/recordings/{recording.Id}", Cancel);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Siro:Organizations:acme:DefaultUserId");
            GatewaySettings.Client(settings, "limited", LimitedKey, ["platform:read"], users: [Emulator.Default.Users[1].Id]);
            GatewaySettings.Client(settings, "external", ExternalKey, ["platform:read", "external:read"]);
            return Task.CompletedTask;
        }
    }
}
