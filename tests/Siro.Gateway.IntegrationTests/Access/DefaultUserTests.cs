using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>A default user whom Siro does not know (any more) ends only the calls that are made for it.</summary>
public sealed class DefaultUserTests(DefaultUserTests.Fixture gateway) : IClassFixture<DefaultUserTests.Fixture>
{
    private const string Key = "sgw_test-gone-user-000000000000000000000000000000";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/me")]
    [InlineData("/v1/events")]
    [InlineData("/v1/deliveries")]
    [InlineData("/v1/subscriptions")]
    [InlineData("/external/v1/core/users")]
    public async Task What_needs_no_user_is_answered(string path)
    {
        using var client = gateway.CreateClient(Key);
        using var response = await client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/platform/v1/core/recordings")]
    [InlineData("/v1/recordings/some")]
    [InlineData("/v1/uploads")]
    [InlineData("/v1/calls")]
    [InlineData("/v1/conversation-types")]
    public async Task What_is_done_for_a_user_is_not_done_for_another(string path)
    {
        using var client = gateway.CreateClient(Key);
        using var response = await client.GetAsync(path, Cancel);
        await GatewayProblem.AssertAsync(response, 403, "user_forbidden");
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            GatewaySettings.Client(settings, "gone-user", Key,
                ["external:read", "platform:read", "uploads:write", "calls:write", "events:read", "subscriptions:write", "links:read"]);
            settings["Clients:gone-user:DefaultUser"] = "left@example.com";
            return Task.CompletedTask;
        }
    }
}
