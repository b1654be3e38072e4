using System.Buffers.Text;
using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;
using SigningKey = Siro.Gateway.IntegrationTests.Infrastructure.GatewayIdentityProvider.SigningKey;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>Credentials that are none (RFC 8725 for tokens): each has its code, and nobody comes in.</summary>
public sealed class CallerAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private const string Path = "/external/v1/core/users";

    public static TheoryData<string, int, string> Headers => new()
    {
        { "", 401, "unauthenticated" },
        { "X-Api-Key: \r\n", 401, "unknown_api_key" },
        { "X-Api-Key: nobody-knows-this-one\r\n", 401, "unknown_api_key" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}x\r\n", 401, "unknown_api_key" },
        { $"X-Api-Key: {GatewaySettings.AdminKey[..^1]}\r\n", 401, "unknown_api_key" },
        { "X-Api-Key: sgw_\u00fc\r\n", 400, "" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\n", 401, "duplicate_authorization" },
        { $"X-Api-Key: {GatewaySettings.AdminKey},{GatewaySettings.AdminKey}\r\n", 401, "unknown_api_key" },
        { $"X-Api-Key: {GatewaySettings.HashOf(GatewaySettings.AdminKey)}\r\n", 401, "unknown_api_key" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}\r\nAuthorization: Bearer x.y.z\r\n", 401, "both_credentials" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}\r\nAuthorization: Basic eDp5\r\n", 401, "both_credentials" },
        { "Authorization: Bearer\r\n", 401, "unauthenticated" },
        { "Authorization: Bearer \r\n", 401, "unauthenticated" },
        { "Authorization: Basic eDp5\r\n", 401, "unauthenticated" },
        { "Authorization: Digest x\r\n", 401, "unauthenticated" },
        { "Authorization: Negotiate x\r\n", 401, "unauthenticated" },
        { "Authorization: x.y.z\r\n", 401, "unauthenticated" },
        { "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 401, "duplicate_authorization" },
        { "Authorization: Bearer x\r\n", 401, "invalid_token" },
        { "Authorization: Bearer x.y\r\n", 401, "invalid_token" },
        { "Authorization: Bearer x.y.z\r\n", 401, "invalid_token" },
        { "Authorization: Bearer ..\r\n", 401, "invalid_token" },
        { "Authorization: Bearer a.b.c.d.e\r\n", 401, "invalid_token" },
        { $"x-siro-auth-token: {GatewaySettings.AdminKey}\r\n", 401, "unauthenticated" },
        { $"Cookie: X-Api-Key={GatewaySettings.AdminKey}\r\n", 401, "unauthenticated" },
        { $"X-Api-Key: {GatewaySettings.NobodyKey}\r\n", 403, "permission_missing" },
        { $"X-Api-Key: {GatewaySettings.ReaderKey}\r\nSiro-Organization: other\r\n", 403, "organization_forbidden" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}\r\nSiro-Organization: acme\r\nSiro-Organization: acme\r\n", 400, "duplicate_header" },
        { $"X-Api-Key: {GatewaySettings.AdminKey}\r\nSiro-User: a\r\nSiro-User: b\r\n", 400, "duplicate_header" },
        { $"X-Api-Key: {GatewaySettings.ReaderKey}\r\nSiro-User: somebody-else\r\n", 403, "user_forbidden" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Every_odd_credential_has_its_code(string headers, int status, string code)
    {
        var since = gateway.Emulator.Journal.Last;

        var answer = await gateway.SendRawAsync($"GET {Path} HTTP/1.1\r\nHost: gateway\r\n{headers}Connection: close\r\n\r\n");

        Assert.True((answer.Status, answer.Code) == (status, code), headers + answer.Whole);
        Assert.DoesNotContain(gateway.Emulator.Journal.Read(since), e => e.Path.Contains("/core/users", StringComparison.Ordinal)
            && e.Header("x-siro-auth-token") is null);
    }

    /// <summary>By name, how a good token is bent, and the code that it gets.</summary>
    private static readonly Dictionary<string, (Func<GatewayIdentityProvider, string> Token, string Code)> Tokens = new(
        StringComparer.Ordinal)
    {
        ["alg none"] = (p => Unsigned(p, "none"), "invalid_token"),
        ["alg NONE"] = (p => Unsigned(p, "NONE"), "invalid_token"),
        ["alg nOnE"] = (p => Unsigned(p, "nOnE"), "invalid_token"),
        ["alg empty"] = (p => Unsigned(p, ""), "invalid_token"),
        ["alg none with a signature"] = (p => p.Token("app", header: h => h["alg"] = "none"), "invalid_token"),
        ["no alg"] = (p => p.Token("app", header: h => h["alg"] = null), "invalid_token"),
        ["alg as a number"] = (p => p.Token("app", header: h => h["alg"] = 256), "invalid_token"),
        ["HMAC with the public key"] = (p => p.Token("app", key: SigningKey.HmacOf(p.Key)), "invalid_token"),
        ["an RSA signature called HS256"] = (p => p.Token("app", header: h => h["alg"] = "HS256"), "invalid_token"),
        ["an RSA signature called ES256"] = (p => p.Token("app", header: h => h["alg"] = "ES256"), "bad_signature"),
        ["an RSA signature called PS256"] = (p => p.Token("app", header: h => h["alg"] = "PS256"), "bad_signature"),
        ["an RSA signature called RS512"] = (p => p.Token("app", header: h => h["alg"] = "RS512"), "bad_signature"),
        ["somebody else's key"] = (p => p.Token("app", key: SigningKey.Rsa()), "bad_signature"),
        ["somebody else's key by the same id"] = (p => p.Token("app", key: SigningKey.Rsa(p.Key.Id)), "bad_signature"),
        ["an unknown key id"] = (p => p.Token("app", header: h => h["kid"] = "nobody"), "bad_signature"),
        ["a key id that is a path"] = (p => p.Token("app", key: SigningKey.Rsa("../../../../dev/null")), "bad_signature"),
        ["a key id that is SQL"] = (p => p.Token("app", key: SigningKey.Rsa("x' UNION SELECT 'key")), "bad_signature"),
        ["a key id that is a command"] = (p => p.Token("app", key: SigningKey.Rsa("$(id)")), "bad_signature"),
        ["a key id of 4 KB"] = (p => p.Token("app", key: SigningKey.Rsa(new string('k', 4096))), "bad_signature"),
        ["its own key in jwk"] =
            (p => p.Token("app", key: SigningKey.Rsa("own"), header: h => h["jwk"] = new { kty = "RSA", n = "AQAB", e = "AQAB" }),
            "bad_signature"),
        ["its own key at jku"] = (
            p => p.Token("app", key: SigningKey.Rsa("own"), header: h => h["jku"] = "http://169.254.169.254/keys"), "bad_signature"),
        ["its own key at x5u"] = (
            p => p.Token("app", key: SigningKey.Rsa("own"), header: h => h["x5u"] = "http://169.254.169.254/cert"), "bad_signature"),
        ["its own certificate in x5c"] = (
            p => p.Token("app", key: SigningKey.Rsa("own"), header: h => h["x5c"] = new[] { "MIIB" }), "bad_signature"),
        ["an unknown critical extension"] = (
            p => p.Token("app", header: h => { h["crit"] = new[] { "exp" }; h["exp"] = 1; }), "invalid_token"),
        ["an empty list of critical extensions"] = (p => p.Token("app", header: h => h["crit"] = Array.Empty<string>()), "invalid_token"),
        ["b64 false"] = (p => p.Token("app", header: h => { h["crit"] = new[] { "b64" }; h["b64"] = false; }), "invalid_token"),
        ["no expiry"] = (p => p.Token("app", change: c => c["exp"] = null), "invalid_token"),
        ["an expiry in words"] = (p => p.Token("app", change: c => c["exp"] = "tomorrow"), "invalid_token"),
        ["expired"] = (p => p.Token("app", change: c => c["exp"] = (long)c["iat"]! - 600), "token_expired"),
        ["expired in 1970"] = (p => p.Token("app", change: c => c["exp"] = 1), "token_expired"),
        ["not yet valid"] = (p => p.Token("app", change: c => c["nbf"] = (long)c["iat"]! + 600), "token_not_yet_valid"),
        ["another audience"] = (p => p.Token("app", audience: "other"), "wrong_audience"),
        ["an audience in another case"] = (p => p.Token("app", audience: "Siro-Gateway"), "wrong_audience"),
        ["an audience with a blank"] = (p => p.Token("app", audience: "siro-gateway "), "wrong_audience"),
        ["no audience"] = (p => p.Token("app", change: c => c["aud"] = null), "wrong_audience"),
        ["an empty list of audiences"] = (p => p.Token("app", change: c => c["aud"] = Array.Empty<string>()), "wrong_audience"),
        ["another issuer"] = (p => p.Token("app", change: c => c["iss"] = "https://evil.example"), "wrong_issuer"),
        ["the issuer with a slash"] = (p => p.Token("app", change: c => c["iss"] = p.Authority + "/"), "wrong_issuer"),
        ["the issuer's beginning"] = (p => p.Token("app", change: c => c["iss"] = p.Authority + ".evil.example"), "wrong_issuer"),
        ["no issuer"] = (p => p.Token("app", change: c => c["iss"] = null), "wrong_issuer"),
        ["a client nobody knows"] = (p => p.Token("nobody-knows"), "unknown_client"),
        ["a client in another case"] = (p => p.Token("APP"), "unknown_client"),
        ["no client"] = (p => p.Token("app", change: c => { c["azp"] = null; c["sub"] = null; }), "unknown_client"),
        ["claims changed after signing"] = (
            p => Bent(p, payload => payload.Replace("\"app\"", "\"crm\"", StringComparison.Ordinal)), "bad_signature"),
        ["the header changed after signing"] = (
            p => "eyJhbGciOiJSUzI1NiJ9" + p.Token("app")[p.Token("app").IndexOf('.', StringComparison.Ordinal)..], "bad_signature"),
        ["no signature"] = (p => p.Token("app")[..(p.Token("app").LastIndexOf('.') + 1)], "bad_signature"),
        ["half a signature"] = (p => p.Token("app")[..^100], "bad_signature"),
        ["a signature of zeros"] = (
            p => p.Token("app") is var t ? t[..(t.LastIndexOf('.') + 1)] + Base64Url.EncodeToString(new byte[256]) : "", "bad_signature"),
        ["padding"] = (p => p.Token("app") + "==", "invalid_token"),
        ["plain base64"] = (p => p.Token("app").Replace('-', '+').Replace('_', '/') + "/+", "invalid_token"),
        ["a fourth part"] = (p => p.Token("app") + ".x", "invalid_token"),
        ["a nested token"] =
            (p => p.Token("app", header: h => h["cty"] = "JWT", change: c => c["azp"] = null) is { } t
            ? Base64Url.EncodeToString("{\"alg\":\"RS256\",\"cty\":\"JWT\"}"u8) + "." + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(t))
                + "." + t.Split('.')[2]
            : "", "invalid_token"),
        ["an encrypted token"] = (
            _ => Base64Url.EncodeToString("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}"u8) + ".a.b.c.d", "invalid_token"),
        ["a payload that is a list"] = (p => Raw(p, "[]"), "invalid_token"),
        ["a payload that is no JSON"] = (p => Raw(p, "hello"), "invalid_token"),
        ["an empty payload"] = (p => Raw(p, ""), "invalid_token"),
        ["17 KB"] = (p => p.Token("app", change: c => c["x"] = new string('x', 17 * 1024)), "token_too_large"),
    };

    public static TheoryData<string> TokenNames => [.. Tokens.Keys];

    [Theory]
    [MemberData(nameof(TokenNames))]
    public async Task A_token_that_is_not_one_of_the_providers_for_this_gateway_is_refused(string name)
    {
        var since = gateway.Emulator.Journal.Last;
        var (make, code) = Tokens[name];

        var answer = await gateway.SendAsync(HttpMethod.Get, Path, null, null, null, ("Authorization", "Bearer " + make(gateway.Provider)));

        Assert.True((answer.Status, answer.Code) == (401, code), $"{name}: {answer}");
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    [Fact]
    public async Task The_token_that_they_were_bent_from_is_good()
    {
        var answer = await gateway.SendAsync(
            HttpMethod.Get, Path, null, null, null, ("Authorization", "Bearer " + gateway.Provider.Token("app")));

        Assert.Equal((200, ""), (answer.Status, answer.Code));
    }

    private static string Unsigned(GatewayIdentityProvider provider, string algorithm)
    {
        var token = provider.Token("app", header: h => h["alg"] = algorithm);
        return token[..(token.LastIndexOf('.') + 1)];
    }

    private static string Bent(GatewayIdentityProvider provider, Func<string, string> change)
    {
        var parts = provider.Token("app").Split('.');
        var changed = change(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])));
        return $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(changed))}.{parts[2]}";
    }

    /// <summary>Rightly signed, whatever it says.</summary>
    private static string Raw(GatewayIdentityProvider provider, string payload)
    {
        var content = GatewayIdentityProvider.Encode(new { alg = "RS256", typ = "JWT", kid = provider.Key.Id }) + "."
            + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
        return content + "." + Base64Url.EncodeToString(provider.Key.Sign(Encoding.ASCII.GetBytes(content)));
    }
}
