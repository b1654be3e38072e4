using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>Inner addresses in every notation, wherever a caller may give one; no network is allowed here.</summary>
public sealed class AddressAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private static readonly string[] Forbidden =
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.1.",
        "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u0661\u0662\u0667.\u0660.\u0660.\u0661", "\u2460\u2461\u2466.0.0.1",
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost",
        "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[::]",
        "0.0.0.0", "0", "169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]",
        "100.100.100.200", "168.63.129.16", "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "3232235777", "100.64.0.1",
        "[fc00::1]", "[fec0::1]", "224.0.0.1", "255.255.255.255", "[ff02::1]",
    ];

    private static readonly (string Url, string Code)[] Others =
    [
        ("file:///etc/passwd", "invalid_url"), ("ftp://example.com/x", "invalid_url"), ("gopher://127.0.0.1:6379/_FLUSHALL", "invalid_url"),
        ("javascript:alert(1)", "invalid_url"),
        ("data:audio/mpeg;base64,AAAA", "invalid_url"), ("//example.com/x", "invalid_url"), ("/x", "invalid_url"),
        ("http://", "invalid_url"), ("http:///x", "invalid_url"), ("https://exa\nmple.com/", "invalid_url"),
        ("http://256.256.256.256/", "invalid_url"), ("http://1.2.3.4.5/", "invalid_url"), ("http://127.0.0.1../", "invalid_url"),
        ("http://example.0x7f/", "invalid_url"),
        ("https://user:pass@example.com/", "url_credentials"), ("https://user@example.com/", "url_credentials"),
        ("https://example.com@127.0.0.1/", "url_credentials"), ("http://127.0.0.1\\@example.com/", "invalid_url"),
        ("http://127.0.0.1#@example.com/", "address_forbidden"), ("http://127.0.0.1:80?@example.com/", "address_forbidden"),
    ];

    public static TheoryData<string, string> Urls => [.. Forbidden.Select(h => ($"http://{h}:8080/x", "address_forbidden")), .. Others];

    [Theory]
    [MemberData(nameof(Urls))]
    public async Task A_recording_is_never_fetched_from_inside(string url, string code)
    {
        var answer = await gateway.SendAsync(
            HttpMethod.Post, "/v1/calls", GatewaySettings.AdminKey,
            JsonSerializer.SerializeToUtf8Bytes(new { recordingUrl = url, startedAt = "2026-03-04T15:06:07Z", sourceId = "ssrf",
                rep = new { email = "rep1@example.com" } }), "application/json");

        Assert.True((answer.Status, answer.Code) == (422, "invalid_call"), $"{url}: {answer}");
        Assert.Equal(("recordingUrl", code), Only(answer.Body));
    }

    [Theory]
    [MemberData(nameof(Urls))]
    public async Task A_subscriber_is_never_inside(string url, string code)
    {
        var answer = await gateway.SendAsync(
            HttpMethod.Post, "/v1/subscriptions", GatewaySettings.AdminKey,
            JsonSerializer.SerializeToUtf8Bytes(new { url, events = new[] { "recording.ready" } }), "application/json");

        Assert.True((answer.Status, answer.Code) == (422, "invalid_subscription"), $"{url}: {answer}");
        Assert.Equal(("url", code), Only(answer.Body));
    }

    private static (string? Field, string? Code) Only(JsonElement problem)
    {
        var error = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        return (error.GetProperty("field").GetString(), error.GetProperty("code").GetString());
    }
}
