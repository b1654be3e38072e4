using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>Paths that climb, in every spelling, sent byte for byte.</summary>
public sealed class UnsafePathTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    public static TheoryData<string> Targets() =>
    [
        "/external/../platform/v1/core/recordings",
        "/external/v1/../../secret",
        "/external/..",
        "/external/v1/./users",
        "/external/%2e%2e/x",
        "/external/%2E%2e/x",
        "/external/.%2e/x",
        "/external/%2e/x",
        "/external/..%2fx",
        "/external/..%2Fx",
        "/external/v1%2fcore",
        "/external/..;/x",
        "/external/..;a=b/x",
        "/external/%2e%2e;/x",
        "/external/..%3b/x",
        "/external/.;/x",
        "/external/..%20/x",
        "/external/v1%5Ccore",
        "/external/..%5c..%5cx",
        "/external/v1\\core",
        "/external//v1/core/users",
        "//external/v1/core/users",
        "/external/v1//core",
        "/external/v1/core%0d%0aX-Injected:%201",
        "/external/v1/core%0A",
        "/external/v1/core%7f",
        "/external/v1/core%09",
        "/external/%252e%252e/x",
        "/external/%252e%252e%252fx",
        "/external/v1%252fcore",
        "/external/%25%32%65%25%32%65/x",
        "/external/%c0%ae%c0%ae/x",
        "/external/%c0%af",
        "/external/%ef%bc%8e%ef%bc%8e/x",
        "/external/v1%ef%bc%8fx",
        "/external/v1/%zz",
        "/external/v1/%2",
        "/external/v1/%",
        "/external/%u002e%u002e/x",
        "/external/v1/core/users#fragment",
        "/external/v1/<script>",
        "/%65xternal/v1/core/users",
        "/v1/../external/v1/core/users",
        "/health/live/../../v1/me",
        "/v1/me//",
    ];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_path_that_climbs_is_refused_and_nothing_reaches_Siro(string target)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.GetAsync(fixture.Gateway.Address, target);

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("Siro-Gateway-Error: invalid_path", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Injected: 1", answer, StringComparison.Ordinal);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    [Theory]
    [InlineData("/external/v1/core/users")]
    [InlineData("/external/../platform/x")]
    public async Task An_absolute_target_is_refused(string path)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.GetAsync(fixture.Gateway.Address, $"http://{fixture.Gateway.Address.Authority}{path}");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("Siro-Gateway-Error: invalid_path", answer, StringComparison.Ordinal);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    [Theory]
    [InlineData("/external/v1/core%00users")]
    [InlineData("/external/v1/core\u0000users")]
    [InlineData("/external/v1/\u00e4")]
    [InlineData("external/v1/core/users")]
    [InlineData("http://other.example/external/v1/core/users")]
    public async Task What_Kestrel_itself_refuses_reaches_nobody_either(string target)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.GetAsync(fixture.Gateway.Address, target);

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    [Theory]
    [InlineData("GET /external/v1/core/users HTTP/1.1\r\nHost: a\r\nHost: b")]
    [InlineData("GET /external/v1/core/users HTTP/1.1\r\nHost: a\r\nX : y")]
    [InlineData("GET /external/v1/core/users HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded")]
    [InlineData("POST /external/v1/core/users HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6")]
    [InlineData("POST /external/v1/core/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked")]
    [InlineData("POST /external/v1/core/users HTTP/1.1\r\nHost: a\r\nContent-Length: -1")]
    public async Task A_request_that_two_servers_could_read_in_two_ways_is_refused(string head)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.SendAsync(
            fixture.Gateway.Address, $"{head}\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|501|408)", answer);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }
}
