using System.Text;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Calls;

/// <summary>Each provider's published vector, and what must not pass.</summary>
public sealed class SourceSignatureTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1720705455);

    private const string BentForm = "CallSid=CA1234567890ABCDE&Caller=From%3D%2B14158675309&Digits=1234&To=%2B18005551212";
    private const string TwilioUrl = "https://mycompany.com/myapp.php?foo=1&bar=2";
    private const string ZoomBody =
        """{"payload":{"plainToken":"xys8n8PGS7mAU0m5-YJjRA"},"event_ts":1720705455858,"event":"endpoint.url_validation"}""";

    [Fact]
    public void Twilios_vector_fits() =>
        Assert.Equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            TwilioSource.Sign(
            new Secret("12345"), TwilioUrl + "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"));

    [Theory]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2")]
    [InlineData("https://mycompany.com:443/myapp.php?foo=1&bar=2")]
    public void Twilio_is_verified_with_and_without_port(string url)
    {
        const string form = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        var source = new CallSourceOptions { Type = "twilio", Secret = new Secret("12345") };
        var request = Request(form, "application/x-www-form-urlencoded", url, ("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        Assert.Null(new TwilioSource().Verify(request, source, Now));
        Assert.Equal("bad_signature",
            new TwilioSource().Verify(Request(BentForm, "application/x-www-form-urlencoded", url,
            ("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")), source, Now)?.Code);
        Assert.Equal(
            "bad_signature", new TwilioSource().Verify(request, new CallSourceOptions { Secret = new Secret("12346") }, Now)?.Code);
        Assert.Equal(
            "missing_headers", new TwilioSource().Verify(Request(form, "application/x-www-form-urlencoded", url), source, Now)?.Code);
    }

    /// <summary>Twilio's own library judges what this gateway takes for a signature, and what it does not.</summary>
    [Theory]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "CallSid=CA1&From=%2B14158675309&To=%2B18005551212")]
    [InlineData("https://mycompany.com:8443/v1/calls/sources/twilio?repEmail=ann%40example.com", "b=2&C=1&a=&%C3%A4=J%C3%BCrgen+%E2%98%83")]
    [InlineData(
        "http://mycompany.com/v1/calls/sources/twilio", "RecordingUrl=https%3A%2F%2Fapi.twilio.com%2Fr%3Fx%3D1%26y%3D2&Digits=%23*")]
    [InlineData("https://user:pw@mycompany.com/v1?x=%20", "")]
    public void Twilios_own_validator_agrees(string url, string form)
    {
        var token = new Secret("a-token-of-twilio");
        var oracle = new Twilio.Security.RequestValidator(token.Reveal());
        var source = new CallSourceOptions { Type = "twilio", Secret = token };
        var parameters = Request(form, "application/x-www-form-urlencoded", url).Form.ToDictionary(
            f => f.Key, f => f.Value, StringComparer.Ordinal);
        var signature = TwilioSource.Sign(
            token, url + string.Concat(parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key + p.Value)));

        Assert.True(oracle.Validate(url, parameters, signature));
        Assert.Null(new TwilioSource().Verify(Request(form, "application/x-www-form-urlencoded", url, ("X-Twilio-Signature", signature)),
            source, Now));

        var changed = new Dictionary<string, string>(parameters, StringComparer.Ordinal) { ["CallSid"] = "another" };
        Assert.False(oracle.Validate(url, changed, signature));
        Assert.Equal("bad_signature", new TwilioSource().Verify(
            Request("CallSid=another&"
                + form.Replace("CallSid=CA1&", "", StringComparison.Ordinal), "application/x-www-form-urlencoded", url,
                ("X-Twilio-Signature", signature)), source, Now)?.Code);
    }

    [Theory]
    [InlineData("""{"token":"\ud800"}""")]
    [InlineData("{\"token\":\"\u00ff\"}")]
    public void A_token_that_is_no_text_is_refused_and_not_thrown_at(string body)
    {
        var source = new CallSourceOptions { Type = "aircall", Secret = new Secret("12345") };
        var request = new SourceRequest(
            ["https://x/"], new HeaderDictionary(), new QueryCollection(), "application/json", Encoding.Latin1.GetBytes(body));

        Assert.Equal("bad_signature", new AircallSource().Verify(request, source, Now)?.Code);
    }

    [Fact]
    public void A_text_that_was_cut_within_an_emoji_does_not_lose_the_call()
    {
        const string body = """{"token":"12345","event":"call.ended","data":{"id":7,"raw_digits":"+1 \ud83d"}}""";
        var source = new CallSourceOptions { Type = "aircall", Secret = new Secret("12345") };
        var request = new SourceRequest(
            ["https://x/"], new HeaderDictionary(), new QueryCollection(), "application/json", Encoding.UTF8.GetBytes(body));

        Assert.Equal("+1 \uFFFD", Assert.Single(new AircallSource().Read(request, source).Notices).Customer.Phone);
    }

    [Fact]
    public void Zooms_vector_fits_and_an_old_one_is_stale()
    {
        var source = new CallSourceOptions { Type = "zoom", Secret = new Secret("4fv1RkqGQUq5sWbEz6hA5A") };
        var request = Request(ZoomBody, "application/json", "https://x/", ("x-zm-request-timestamp", "1720705455"),
            ("x-zm-signature", "v0=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6"));
        Assert.Null(new ZoomSource().Verify(request, source, Now));
        Assert.Equal("stale_timestamp", new ZoomSource().Verify(request, source, Now.AddMinutes(6))?.Code);
        Assert.Equal("bad_signature",
            new ZoomSource().Verify(Request(ZoomBody + " ", "application/json", "https://x/", ("x-zm-request-timestamp", "1720705455"),
            ("x-zm-signature", "v0=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6")), source, Now)?.Code);
        Assert.NotNull(new ZoomSource().Read(request, source).Handshake);
    }

    /// <summary>Dialpad publishes no vector of its own; its body is a JWT, and this is the well-known one of jwt.io.</summary>
    [Fact]
    public void The_published_vector_of_a_jwt_fits_as_dialpads_body()
    {
        const string token =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
        var source = new CallSourceOptions { Type = "dialpad", Secret = new Secret("your-256-bit-secret") };
        Assert.Null(new DialpadSource().Verify(Request(token, "application/jwt", "https://x/"), source, Now));
        Assert.Equal("bad_signature",
            new DialpadSource().Verify(
            Request(token.Replace("SflK", "SflL", StringComparison.Ordinal), "application/jwt", "https://x/"), source, Now)?.Code);
        Assert.Equal("bad_signature",
            new DialpadSource().Verify(
            Request(token, "application/jwt", "https://x/"), new CallSourceOptions { Secret = new Secret("another-secret") }, Now)?.Code);
    }

    [Fact]
    public void Dialpads_algorithm_is_not_the_tokens_to_choose()
    {
        var source = new CallSourceOptions { Type = "dialpad", Secret = new Secret("secret") };
        const string none = "eyJhbGciOiJub25lIn0.e30.";
        Assert.Equal("bad_signature", new DialpadSource().Verify(Request(none, "application/jwt", "https://x/"), source, Now)?.Code);
        Assert.Equal("missing_headers", new DialpadSource().Verify(Request("{}", "application/json", "https://x/"), source, Now)?.Code);
    }

    [Theory]
    [InlineData("hmac-sha256", "hex", "sha256=", "{timestamp}.{body}")]
    [InlineData("hmac-sha512", "base64", "", "{body}")]
    [InlineData("hmac-sha1", "base64url", "v1,", "{url}{body}")]
    public void A_mapping_is_verified_as_its_settings_describe(string algorithm, string encoding, string prefix, string signed)
    {
        var source = new CallSourceOptions
        {
            Type = "mapping",
            Secret = new Secret("s3cret"),
            Signature = new CallSignatureOptions { Header = "X-Sig", Algorithm = algorithm, Encoding = encoding, Prefix = prefix,
                SignedString = signed, TimestampHeader = "X-Time" },
        };
        const string body = """{"id":"1"}""";
        var content = signed.Replace("{body}", body, StringComparison.Ordinal)
            .Replace("{timestamp}", "1720705455", StringComparison.Ordinal).Replace("{url}", "https://x/", StringComparison.Ordinal);
        var signature = prefix
            + SourceSignatures.Encode(encoding, SourceSignatures.Hmac(algorithm, new Secret("s3cret"), Encoding.UTF8.GetBytes(content)));
        Assert.Null(new MappingSource().Verify(
            Request(body, "application/json", "https://x/", ("X-Sig", signature), ("X-Time", "1720705455")), source, Now));
        Assert.Equal("bad_signature",
            new MappingSource().Verify(
            Request(body + " ", "application/json", "https://x/", ("X-Sig", signature), ("X-Time", "1720705455")), source, Now)?.Code);
        Assert.Equal("stale_timestamp",
            new MappingSource().Verify(Request(body, "application/json", "https://x/", ("X-Sig", signature), ("X-Time", "1720705455")),
            source, Now.AddHours(1))?.Code);
        Assert.Equal("missing_headers",
            new MappingSource().Verify(Request(body, "application/json", "https://x/", ("X-Sig", signature)), source, Now)?.Code);
    }

    [Fact]
    public void A_mapping_reads_lists_and_conditions_and_moments()
    {
        var mapping = new CallMappingOptions
        {
            Items = "/calls",
            SourceId = "/id",
            RecordingUrl = "/rec/url",
            StartedAt = "/t",
            Direction = "/dir",
            From = "/from",
            To = "/to",
            RepEmail = "#/owner/email",
            When = new Dictionary<string, string> { ["/state"] = "done" },
        };
        var request = Request(
            """{"owner":{"email":"rep@example.com"},"calls":[{"id":7,"state":"done","rec":{"url":"https://x/1"},"t":1720705455,"dir":"Outbound","from":"+15550001","to":"+15550002"},{"id":8,"state":"ringing"}]}""",
            "application/json",
            "https://x/");
        var notice = Assert.Single(
            new MappingSource().Read(request, new CallSourceOptions { Type = "mapping", Mapping = mapping }).Notices);
        Assert.Equal(("7", "https://x/1", Now, "rep@example.com", "+15550001", "+15550002"),
            (notice.SourceId, notice.RecordingUrl, notice.StartedAt, notice.Rep.Email, notice.Rep.Phone, notice.Customer.Phone));
    }

    private static SourceRequest Request(string body, string type, string url, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        return new SourceRequest([url], context.Request.Headers, context.Request.Query, type, Encoding.UTF8.GetBytes(body));
    }
}
