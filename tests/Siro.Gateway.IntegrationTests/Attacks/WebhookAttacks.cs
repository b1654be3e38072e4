using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// Webhooks that are not what they say, of Siro and of every telephone provider: refused with their code, and nothing is stored.
/// </summary>
public sealed class WebhookAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private static readonly byte[] Body = """{"eventType":"recording.processed","recordingId":"r-1"}"""u8.ToArray();

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static string Sign(string id, string timestamp, byte[] body, string secret = GatewaySettings.WebhookSecret) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]),
            (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]));

    /// <summary>What is sent by name: the three headers (null leaves one out), the body, and the code that it gets.</summary>
    private static readonly Dictionary<string, (Func<(string? Id, string? Timestamp, string? Signature, byte[] Body)> Make, string Code)>
        Siros = new(StringComparer.Ordinal)
    {
        ["no id"] = (() => (null, $"{Now}", Sign("m", $"{Now}", Body), Body), "missing_headers"),
        ["no timestamp"] = (() => ("m", null, Sign("m", $"{Now}", Body), Body), "missing_headers"),
        ["no signature"] = (() => ("m", $"{Now}", null, Body), "missing_headers"),
        ["an empty signature"] = (() => ("m", $"{Now}", "", Body), "missing_headers"),
        ["an id of 129 characters"] = (() => Right(new string('m', 129)), "missing_headers"),
        ["an id with a blank"] = (() => Right("m 1"), "missing_headers"),
        ["an id with a brace"] = (() => Right("{m}"), "missing_headers"),
        ["an id with a slash"] = (() => Right("../m"), "missing_headers"),
        ["a timestamp in words"] = (() => ("m", "now", Sign("m", "now", Body), Body), "missing_headers"),
        ["a negative timestamp"] = (() => ("m", "-1", Sign("m", "-1", Body), Body), "missing_headers"),
        ["a timestamp with a sign"] = (() => ("m", $"+{Now}", Sign("m", $"+{Now}", Body), Body), "missing_headers"),
        ["a timestamp with a fraction"] = (() => ("m", $"{Now}.0", Sign("m", $"{Now}.0", Body), Body), "missing_headers"),
        ["a timestamp in milliseconds"] = (() => ("m", $"{Now}000", Sign("m", $"{Now}000", Body), Body), "missing_headers"),
        ["a timestamp beyond time"] = (() => ("m", "999999999999", Sign("m", "999999999999", Body), Body), "missing_headers"),
        ["another body"] = (() => ("m", $"{Now}", Sign("m", $"{Now}", Body), [.. Body, (byte)' ']), "bad_signature"),
        ["an empty body"] = (() => ("m", $"{Now}", Sign("m", $"{Now}", Body), []), "bad_signature"),
        ["another id"] = (() => ("n", $"{Now}", Sign("m", $"{Now}", Body), Body), "bad_signature"),
        ["another timestamp"] = (() => ("m", $"{Now}", Sign("m", $"{Now - 1}", Body), Body), "bad_signature"),
        ["a timestamp with a leading zero"] = (() => ("m", $"0{Now}", Sign("m", $"{Now}", Body), Body), "bad_signature"),
        ["dots moved between id and timestamp"] = (() => ($"m.{Now}", "1", Sign("m", $"{Now}.1", Body), Body), "stale_timestamp"),
        ["another secret"] = (
            () => ("m", $"{Now}", Sign("m", $"{Now}", Body, "whsec_" + Convert.ToBase64String(new byte[24])), Body), "bad_signature"),
        ["no version"] = (() => ("m", $"{Now}", Sign("m", $"{Now}", Body)[3..], Body), "bad_signature"),
        ["version 2"] = (() => ("m", $"{Now}", "v2," + Sign("m", $"{Now}", Body)[3..], Body), "bad_signature"),
        ["version 1a"] = (() => ("m", $"{Now}", "v1a," + Sign("m", $"{Now}", Body)[3..], Body), "bad_signature"),
        ["the version in upper case"] = (() => ("m", $"{Now}", "V1," + Sign("m", $"{Now}", Body)[3..], Body), "bad_signature"),
        ["hex"] = (() => ("m", $"{Now}", "v1," + Convert.ToHexString(Convert.FromBase64String(Sign("m", $"{Now}", Body)[3..])), Body),
            "bad_signature"),
        ["base64 in the URL's alphabet"] = (() => ("m", $"{Now}", "v1," + new string('-', 43) + "=", Body), "bad_signature"),
        ["a signature without its end"] = (() => ("m", $"{Now}", Sign("m", $"{Now}", Body)[..^5], Body), "bad_signature"),
        ["an empty signature with its version"] = (() => ("m", $"{Now}", "v1,", Body), "bad_signature"),
        ["sixteen wrong before the right one"] =
            (() => ("m", $"{Now}", string.Concat(Enumerable.Repeat("v1," + new string('A', 43) + "= ", 16))
            + Sign("m", $"{Now}", Body), Body), "bad_signature"),
        ["signed six minutes ago"] = (() => ("m", $"{Now - 360}", Sign("m", $"{Now - 360}", Body), Body), "stale_timestamp"),
        ["signed in six minutes"] = (() => ("m", $"{Now + 360}", Sign("m", $"{Now + 360}", Body), Body), "stale_timestamp"),
        ["signed in 1970"] = (() => ("m", "0", Sign("m", "0", Body), Body), "stale_timestamp"),
    };

    private static (string?, string?, string?, byte[]) Right(string id) => (id, $"{Now}", Sign(id, $"{Now}", Body), Body);

    public static TheoryData<string, string> SiroNames => [.. Siros.Keys.SelectMany(k => new[] { ("svix-", k), ("webhook-", k) })];

    [Theory]
    [MemberData(nameof(SiroNames))]
    public async Task A_webhook_that_siro_did_not_sign_now_is_refused(string prefix, string name)
    {
        var ((id, timestamp, signature, body), code) = (Siros[name].Make(), Siros[name].Code);
        (string, string)[] headers =
            [.. new[] { ("id", id), ("timestamp", timestamp), ("signature", signature) }.Where(
            h => h.Item2 is not null).Select(h => (prefix + h.Item1, h.Item2!))];

        var answer = await gateway.SendAsync(HttpMethod.Post, "/v1/webhooks/siro", null, body, "application/json", headers);

        Assert.True((answer.Status, answer.Code) == (400, code), $"{name}: {answer}");
    }

    [Fact]
    public async Task The_webhook_that_they_were_bent_from_is_taken()
    {
        var (id, timestamp, signature, body) = Right("good-one");

        Assert.Equal((200, ""),
            (await gateway.SendAsync(HttpMethod.Post, "/v1/webhooks/siro", null, body, "application/json", ("svix-id", id!),
            ("svix-timestamp", timestamp!), ("svix-signature", signature!))) is var a ? (a.Status, a.Code) : default);
    }

    private static string Hex(string secret, string content) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(content)));

    private static string Jwt(string header, string payload, string? secret = null)
    {
        var content = System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "."
            + System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
        return content + "."
            + System.Buffers.Text.Base64Url.EncodeToString(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret ?? AttackFixture.SecretOf("dialpad")), Encoding.ASCII.GetBytes(content)));
    }

    /// <summary>By source and name: the headers, the body, status and code.</summary>
    private static readonly Dictionary<string, (Func<((string, string)[] Headers, string Body)> Make, int Status, string Code)> Providers =
        new(StringComparer.Ordinal)
    {
        ["none: no such source"] = (() => ([], "{}"), 404, "source_not_found"),
        ["twilio: no signature"] = (() => ([], "CallSid=CA1"), 400, "missing_headers"),
        ["twilio: an empty signature"] = (() => ([("X-Twilio-Signature", "")], "CallSid=CA1"), 400, "missing_headers"),
        ["twilio: a made-up signature"] = (
            () => ([("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")], "CallSid=CA1"), 400, "bad_signature"),
        ["twilio: two signatures"] = (
            () => ([("X-Twilio-Signature", "a"), ("X-Twilio-Signature", "b")], "CallSid=CA1"), 400, "bad_signature"),
        ["twilio: no base64"] = (() => ([("X-Twilio-Signature", "%%%")], "CallSid=CA1"), 400, "bad_signature"),
        ["zoom: nothing"] = (() => ([], "{}"), 400, "missing_headers"),
        ["zoom: no timestamp"] = (() => ([("x-zm-signature", "v0=" + Hex("zoom-secret", "v0::{}"))], "{}"), 400, "missing_headers"),
        ["zoom: another secret"] = (() => (Zoom("{}", $"{Now}", "other"), "{}"), 400, "bad_signature"),
        ["zoom: another body"] = (() => (Zoom("{}", $"{Now}"), "{ }"), 400, "bad_signature"),
        ["zoom: no version"] =
            (() => ([("x-zm-signature", Hex("zoom-secret", $"v0:{Now}:{{}}")), ("x-zm-request-timestamp", $"{Now}")], "{}"), 400,
            "bad_signature"),
        ["zoom: old"] = (() => (Zoom("{}", $"{Now - 400}"), "{}"), 400, "stale_timestamp"),
        ["zoom: from the future"] = (() => (Zoom("{}", $"{Now + 400}"), "{}"), 400, "stale_timestamp"),
        ["zoom: a timestamp in words"] = (() => (Zoom("{}", "now"), "{}"), 400, "stale_timestamp"),
        ["zoom: a negative timestamp"] = (() => (Zoom("{}", "-1"), "{}"), 400, "stale_timestamp"),
        ["zoom: an endless timestamp"] = (() => (Zoom("{}", new string('9', 400)), "{}"), 400, "stale_timestamp"),
        ["zoom: no JSON"] = (() => (Zoom("hello", $"{Now}"), "hello"), 422, "invalid_notification"),
        ["zoom: a validation that nobody signed"] = (
            () => (Zoom("x", $"{Now}"), """{"event":"endpoint.url_validation","payload":{"plainToken":"p"}}"""), 400, "bad_signature"),
        ["zoom: deep"] = (() => (Zoom(new string('[', 5000), $"{Now}"), new string('[', 5000)), 422, "invalid_notification"),
        ["aircall: no token"] = (() => ([], "{}"), 400, "missing_headers"),
        ["aircall: another token"] = (() => ([], """{"token":"other"}"""), 400, "bad_signature"),
        ["aircall: an empty token"] = (() => ([], """{"token":""}"""), 400, "missing_headers"),
        ["aircall: a token that is a list"] = (() => ([], """{"token":["aircall-secret"]}"""), 400, "missing_headers"),
        ["aircall: a token that is true"] = (() => ([], """{"token":true}"""), 400, "bad_signature"),
        ["aircall: the token in another case"] = (() => ([], """{"token":"Aircall-Secret"}"""), 400, "bad_signature"),
        ["aircall: no JSON"] = (() => ([], "hello"), 422, "invalid_notification"),
        ["aircall: a call without an id"] = (
            () => ([], """{"token":"aircall-secret","event":"call.ended","data":{}}"""), 422, "invalid_notification"),
        ["dialpad: plain JSON"] = (() => ([], """{"state":"recording"}"""), 400, "missing_headers"),
        ["dialpad: alg none"] = (() => ([], Jwt("""{"alg":"none"}""", "{}")), 400, "bad_signature"),
        ["dialpad: alg none without a signature"] = (
            () => ([], Jwt("""{"alg":"none"}""", "{}") is var t ? t[..(t.LastIndexOf('.') + 1)] : ""), 400, "bad_signature"),
        ["dialpad: HS512 in the header"] = (() => ([], Jwt("""{"alg":"HS512"}""", "{}")), 400, "bad_signature"),
        ["dialpad: another secret"] = (() => ([], Jwt("""{"alg":"HS256"}""", "{}", "other")), 400, "bad_signature"),
        ["dialpad: four parts"] = (() => ([], Jwt("""{"alg":"HS256"}""", "{}") + ".x"), 400, "missing_headers"),
        ["dialpad: a header that is no JSON"] = (() => ([], Jwt("hello", "{}")), 422, "invalid_notification"),
        ["dialpad: a payload that is no JSON"] = (() => ([], Jwt("""{"alg":"HS256"}""", "hello")), 422, "invalid_notification"),
        ["ringcentral: nothing"] = (() => ([], "{}"), 400, "missing_headers"),
        ["ringcentral: another token"] = (() => ([("Verification-Token", "other")], "{}"), 400, "bad_signature"),
        ["ringcentral: a handshake with a body"] = (() => ([("Validation-Token", "made-up")], "{}"), 400, "bad_signature"),
        ["ringcentral: no JSON"] = (() => ([("Verification-Token", "ringcentral-secret")], "hello"), 422, "invalid_notification"),
        ["mapping: nothing"] = (() => ([], "{}"), 400, "missing_headers"),
        ["mapping: no timestamp"] = (() => ([("X-Signature", "sha256=00")], "{}"), 400, "missing_headers"),
        ["mapping: no prefix"] = (
            () => ([("X-Signature", Hex("mapping-secret", $"{Now}.{{}}")), ("X-Timestamp", $"{Now}")], "{}"), 400, "bad_signature"),
        ["mapping: another algorithm's prefix"] =
            (() => ([("X-Signature", "sha1=" + Hex("mapping-secret", $"{Now}.{{}}")), ("X-Timestamp", $"{Now}")], "{}"), 400,
            "bad_signature"),
        ["mapping: an odd number of digits"] = (
            () => ([("X-Signature", "sha256=abc"), ("X-Timestamp", $"{Now}")], "{}"), 400, "bad_signature"),
        ["mapping: old"] =
            (() => ([("X-Signature", "sha256=" + Hex("mapping-secret", $"{Now - 400}.{{}}")), ("X-Timestamp", $"{Now - 400}")], "{}"), 400,
            "stale_timestamp"),
        ["mapping: no JSON"] =
            (() => ([("X-Signature", "sha256=" + Hex("mapping-secret", $"{Now}.hello")), ("X-Timestamp", $"{Now}")], "hello"), 422,
            "invalid_notification"),
    };

    private static (string, string)[] Zoom(string body, string timestamp, string? secret = null) =>
        [("x-zm-signature", "v0=" + Hex(secret ?? AttackFixture.SecretOf("zoom"), $"v0:{timestamp}:{body}")),
            ("x-zm-request-timestamp", timestamp)];

    public static TheoryData<string> ProviderNames => [.. Providers.Keys];

    [Theory]
    [MemberData(nameof(ProviderNames))]
    public async Task A_notification_that_its_provider_did_not_send_is_refused(string name)
    {
        var ((headers, body), status, code) = (Providers[name].Make(), Providers[name].Status, Providers[name].Code);
        var type = name.StartsWith("twilio", StringComparison.Ordinal) ? "application/x-www-form-urlencoded" : "application/json";

        var answer = await gateway.SendAsync(HttpMethod.Post, "/v1/calls/sources/" + name[..name.IndexOf(':', StringComparison.Ordinal)],
            null, Encoding.UTF8.GetBytes(body), type, headers);

        Assert.True((answer.Status, answer.Code) == (status, code), $"{name}: {answer}");
    }

    [Theory]
    [InlineData("/v1/webhooks/siro")]
    [InlineData("/v1/webhooks/siro/acme")]
    [InlineData("/v1/calls/sources/zoom")]
    public async Task A_webhook_beyond_its_limit_is_413(string path)
    {
        var answer = await gateway.SendAsync(
            HttpMethod.Post, path, null, new byte[300_000], "application/json", ("svix-id", "m"),
            ("svix-timestamp", Now.ToString(CultureInfo.InvariantCulture)), ("svix-signature", "v1,x"));

        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_webhook_for_an_organization_that_is_not_there_is_404() =>
        Assert.Equal((404, "unknown_organization"),
            await gateway.SendAsync(HttpMethod.Post, "/v1/webhooks/siro/other", null, Body, "application/json") is var a
            ? (a.Status, a.Code)
            : default);
}
