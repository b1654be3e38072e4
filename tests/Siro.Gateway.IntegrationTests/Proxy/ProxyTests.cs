using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>Calls that pass through the gateway, seen from both ends.</summary>
public sealed class ProxyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_to_external_carries_the_organization_token()
    {
        var since = fixture.Emulator.Journal.Last;
        using var client = fixture.CreateClient(GatewaySettings.ReaderKey);

        using var response = await client.GetAsync("/external/v1/core/users?disabled=false", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = Assert.Single(fixture.Emulator.Journal.Read(since));
        Assert.Equal("Bearer " + fixture.Emulator.Default.Token, entry.Header("Authorization"));
        Assert.Null(entry.Header("x-siro-auth-token"));
        Assert.EndsWith("/v1/core/users?disabled=false", entry.RawTarget, StringComparison.Ordinal);
    }
}
