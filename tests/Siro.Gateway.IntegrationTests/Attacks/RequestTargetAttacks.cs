using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>Request targets that two servers could read in two ways, on every kind of path.</summary>
public sealed class RequestTargetAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private static readonly string[] Bases = ["/external/v1", "/platform/v1", "/internal/v1", "/v1/calls", "/v1/webhooks/siro"];

    private static readonly string[] Climbs =
    [
        "/..", "/../x", "/./x", "/%2e%2e/x", "/%2E%2E/x", "/.%2e/x", "/%2e./x", "/%2e/x", "/..%2fx", "/..%2Fx", "/%2f", "/..%5cx", "/%5C",
        "/\\x", "//x", "/x//y",
        "/..;/x", "/..;a=b/x", "/.;/x", "/%2e%2e;/x", "/..%3b/x", "/..%20/x", "/%20../x", "/..%09/x", "/%252e%252e/x", "/%252fx",
        "/%25%32%65/x", "/%c0%ae%c0%ae/x", "/%c0%af", "/%e0%80%af",
        "/%ff", "/%ed%a0%80", "/%ef%bc%8e%ef%bc%8e/x", "/%ef%bc%8fx", "/%e2%80%a5/x", "/%e2%88%95x", "/%zz", "/%2", "/%", "/%u002e/x",
        "/x#y", "/<x>", "/x%0d%0aA:%20b", "/x%7f", "/x%c2%85", "/x|y", "/x^y", "/{x}", "/x\"y",
    ];

    public static TheoryData<string> Targets => [.. Bases.SelectMany(b => Climbs.Select(c => b + c))];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_target_that_can_be_read_in_two_ways_is_refused_before_anything_looks_at_it(string target)
    {
        var since = gateway.Emulator.Journal.Last;

        var (status, code, whole) = await gateway.SendRawAsync(
            $"GET {target} HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: close\r\n\r\n");

        Assert.True((status, code) == (400, "invalid_path"), whole);
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    public static TheoryData<string, int, string> Others => new()
    {
        { "*", 405, "" },
        { "external/v1/core/users", 400, "" },
        { "gateway:443", 405, "" },
        { "/external/v1/core/users?a=\u00e9", 400, "" },
        { "/external/v1/core/users?a=\u0001", 400, "invalid_path" },
        { "/external/v1/\u00e9", 400, "" },
        { "/external/v1/x%00", 400, "" },
        { "/v1/calls/x%00", 400, "" },
        { "/v1/" + new string('a', 8200), 414, "" },
        { "/nothing", 404, "not_found" },
        { "/v1", 404, "not_found" },
        { "/V1/../v1/me", 400, "invalid_path" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Every_other_odd_target_has_its_answer_too(string target, int status, string code)
    {
        var since = gateway.Emulator.Journal.Last;

        var answer = await gateway.SendRawAsync(
            $"GET {target} HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: close\r\n\r\n");

        Assert.True((answer.Status, answer.Code) == (status, code), answer.Whole);
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }
}
