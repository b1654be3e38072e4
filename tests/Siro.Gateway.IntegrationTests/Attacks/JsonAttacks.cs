using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>Bodies that are no JSON, or that two parsers would read as two things, at every endpoint that takes one.</summary>
public sealed class JsonAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private static readonly string[] Endpoints =
    [
        "POST /v1/calls", "PATCH /v1/calls/call_none", "POST /v1/links/record", "POST /v1/recordings/backfill", "POST /v1/subscriptions",
    ];

    /// <summary>Each character is a byte.</summary>
    private static readonly (string Name, string Body)[] Broken =
    [
        ("nothing", ""),
        ("blanks", " \r\n "),
        ("a word", "hello"),
        ("an open brace", "{"),
        ("cut off in a name", "{\"titl"),
        ("cut off in a text", "{\"title\":\"a"),
        ("cut off after a member", "{\"title\":\"a\""),
        ("cut off further in", "{\"rep\":{\"email\":\"a@b.example\"}"),
        ("a comma too many", "{\"title\":\"a\",}"),
        ("a comment", "{/**/\"title\":\"a\"}"),
        ("two objects", "{}{}"),
        ("an object and a word", "{} x"),
        ("single quotes", "{'title':'a'}"),
        ("bare names", "{title:1}"),
        ("NaN", "{\"title\":NaN}"),
        ("Infinity", "{\"title\":-Infinity}"),
        ("a hexadecimal number", "{\"title\":0x1}"),
        ("a leading zero", "{\"title\":01}"),
        ("a line break in a text", "{\"title\":\"a\nb\"}"),
        ("a NUL in a text", "{\"title\":\"a\0b\"}"),
        ("a member twice", "{\"title\":\"a\",\"title\":\"b\"}"),
        ("a member twice, once escaped", "{\"title\":\"a\",\"\\u0074itle\":\"b\"}"),
        ("a member twice further in", "{\"rep\":{\"email\":\"a@b.example\",\"email\":\"c@d.example\"}}"),
        ("half a surrogate pair", "{\"title\":\"\\ud83d\"}"),
        ("the wrong half first", "{\"title\":\"\\ude00\\ud83d\"}"),
        ("a surrogate in UTF-8", "{\"title\":\"\u00ed\u00a0\u0080\"}"),
        ("Latin-1", "{\"title\":\"M\u00fcller\"}"),
        ("overlong UTF-8", "{\"title\":\"\u00c0\u00af\"}"),
        ("UTF-16", "\u00ff\u00fe{\0}\0"),
        ("a form", "title=a&rep=b"),
        ("XML", "<?xml version=\"1.0\"?><title>a</title>"),
        ("a hundred deep", "{\"title\":" + new string('[', 100) + new string(']', 100) + "}"),
        ("sixty thousand deep", new string('[', 60_000)),
        ("a text", "\"title\""),
        ("a number", "1e400"),
        ("null", "null"),
        ("true", "true"),
    ];

    public static TheoryData<string, string> Cases => [.. Endpoints.SelectMany(e => Broken.Select(b => (e, b.Name)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_is_no_json_gets_400_and_changes_nothing(string endpoint, string name)
    {
        var since = gateway.Emulator.Journal.Last;
        var space = endpoint.IndexOf(' ', StringComparison.Ordinal);

        var answer = await gateway.SendAsync(
            HttpMethod.Parse(endpoint.AsSpan(0, space)), endpoint[(space + 1)..], GatewaySettings.AdminKey,
            AttackFixture.Bytes(Broken.Single(b => b.Name == name).Body), "application/json");

        Assert.True((answer.Status, answer.Code) == (400, "invalid_json"), $"{endpoint}, {name}: {answer}");
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    public static TheoryData<string, string, int, string> Others => new()
    {
        { "POST /v1/calls", "{}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"unknown\":1}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"title\":5}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"SourceId\":\"a\"}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"startedAt\":\"yesterday\"}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"startedAt\":1e400}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"rep\":[]}", 422, "invalid_call" },
        { "POST /v1/calls", "{\"crmObjects\":[null]}", 422, "invalid_call" },
        { "POST /v1/calls", "[]", 400, "invalid_json" },
        { "POST /v1/links/record", "[]", 422, "invalid_link" },
        { "POST /v1/links/record", "[[]]", 422, "invalid_link" },
        { "POST /v1/links/record", "{}", 422, "invalid_link" },
        { "POST /v1/links/record", "{\"action\":5}", 422, "invalid_link" },
        { "POST /v1/links/record", "{\"action\":\"start\",\"unknown\":1}", 422, "invalid_link" },
        { "POST /v1/recordings/backfill", "{}", 422, "invalid_range" },
        { "POST /v1/recordings/backfill", "[]", 400, "invalid_json" },
        { "POST /v1/subscriptions", "{}", 422, "invalid_subscription" },
        { "POST /v1/subscriptions", "{\"unknown\":1}", 422, "invalid_subscription" },
        { "POST /v1/subscriptions", "{\"pull\":\"yes\",\"events\":[\"*\"]}", 422, "invalid_subscription" },
        { "POST /v1/subscriptions", "[]", 400, "invalid_json" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Json_of_another_shape_is_told_by_field(string endpoint, string body, int status, string code)
    {
        var answer = await gateway.SendAsync(
            HttpMethod.Post, endpoint["POST ".Length..], GatewaySettings.AdminKey, AttackFixture.Bytes(body), "application/json");

        Assert.True((answer.Status, answer.Code) == (status, code), $"{endpoint} {body}: {answer}");
    }

    [Theory]
    [InlineData("/v1/calls", 300_000)]
    [InlineData("/v1/recordings/backfill", 300_000)]
    [InlineData("/v1/subscriptions", 300_000)]
    [InlineData("/v1/links/record", 5_000_000)]
    public async Task A_body_beyond_the_limit_is_413(string path, int bytes)
    {
        var answer = await gateway.SendAsync(HttpMethod.Post, path, GatewaySettings.AdminKey,
            Encoding.ASCII.GetBytes("{\"title\":\"" + new string('a', bytes) + "\"}"), "application/json");

        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Code));
    }
}
