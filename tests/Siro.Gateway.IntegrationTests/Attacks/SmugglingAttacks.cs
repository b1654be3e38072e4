using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// Framings that two servers could read in two ways (RFC 9112, 6.3 and 11.2), byte for byte; a request hidden in a body is never seen as
/// one.
/// </summary>
public sealed class SmugglingAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    internal const string Hidden = "GET /external/v1/core/smuggled HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: " + GatewaySettings.AdminKey
        + "\r\n\r\n";

    /// <summary>The head's framing lines, and the body.</summary>
    public static TheoryData<string, string, string> Framings => new()
    {
        { "two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello" + Hidden },
        { "two equal lengths", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello" + Hidden },
        { "a list of lengths", "Content-Length: 5, 6\r\n", "hello" + Hidden },
        { "a list of equal lengths", "Content-Length: 5, 5\r\n", "hello" + Hidden },
        { "a length with a sign", "Content-Length: +5\r\n", "hello" + Hidden },
        { "a negative length", "Content-Length: -1\r\n", Hidden },
        { "a hexadecimal length", "Content-Length: 0x5\r\n", "hello" + Hidden },
        { "a length with a fraction", "Content-Length: 5.0\r\n", "hello" + Hidden },
        { "a length in words", "Content-Length: five\r\n", "hello" + Hidden },
        { "an empty length", "Content-Length: \r\n", Hidden },
        { "a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", Hidden },
        { "a length with a blank in it", "Content-Length: 5 5\r\n", "hello" + Hidden },
        { "an unknown coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + Hidden },
        { "identity", "Transfer-Encoding: identity\r\n", Hidden },
        { "chunked not at the end", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n" + Hidden },
        { "chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n" + Hidden },
        { "chunked twice in two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Hidden },
        { "chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + Hidden },
        { "chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n" + Hidden },
        { "chunked behind a vertical tab", "Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n" + Hidden },
        { "a blank before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + Hidden },
        { "a blank before the length's colon", "Content-Length : 5\r\n", "hello" + Hidden },
        { "a folded line", "X-A: b\r\n c\r\nContent-Length: 5\r\n", "hello" + Hidden },
        { "a folded coding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n" + Hidden },
        { "a line that begins with a blank", " Content-Length: 5\r\n", "hello" + Hidden },
        { "a NUL in a value", "X-A: b\0c\r\n", Hidden },
        { "a carriage return in a value", "X-A: b\rContent-Length: 5\r\n", "hello" + Hidden },
        { "no colon", "Content-Length\r\n", Hidden },
        { "no name", ": 5\r\n", Hidden },
        { "a blank in a name", "Content Length: 5\r\n", "hello" + Hidden },
        { "a name beyond ASCII", "Cont\u00e9nt-Length: 5\r\n", "hello" + Hidden },
        { "a second host", "Host: other\r\n", Hidden },
    };

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task A_doubtful_framing_is_refused_and_what_follows_is_never_a_request(string what, string head, string body)
    {
        var since = gateway.Emulator.Journal.Last;

        var (status, _, whole) = await gateway.SendRawAsync(
            $"POST /external/v1/core/users HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\n{head}\r\n{body}");

        Assert.True(status is 400 or 501, $"{what}: {whole}");
        Assert.DoesNotContain("HTTP/1.1", whole[8..], StringComparison.Ordinal);
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    /// <summary>Bodies in chunks that are no chunks.</summary>
    public static TheoryData<string, string> Chunks => new()
    {
        { "a negative size", "-5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n" },
        { "a size in words", "five\r\nhello\r\n0\r\n\r\n" },
        { "no size", "\r\nhello\r\n0\r\n\r\n" },
        { "a size beyond 32 bits", "100000005\r\nhello\r\n0\r\n\r\n" },
        { "a size beyond 64 bits", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n" },
        { "a blank before the size", " 5\r\nhello\r\n0\r\n\r\n" },
        { "a line feed alone after the size", "5\nhello\r\n0\r\n\r\n" },
        { "more than the size says", "5\r\nhelloworld\r\n0\r\n\r\n" },
        { "no line break after a chunk", "5\r\nhello0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Chunks))]
    public async Task Malformed_chunks_are_the_callers_fault_and_end_the_connection(string what, string body)
    {
        var since = gateway.Emulator.Journal.Last;

        var (status, code, whole) = await gateway.SendRawAsync(
            $"POST /v1/calls HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nContent-Type: "
                + $"application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Hidden}");

        Assert.True((status, code) == (400, "bad_request"), $"{what}: {whole}");
        Assert.DoesNotContain("\r\nHTTP/1.1", whole, StringComparison.Ordinal);
        Assert.DoesNotContain("Kestrel", whole, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    /// <summary>Both framings at once: the chunks count, the length is dropped, the connection ends (RFC 9112, 6.1).</summary>
    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 500\r\n")]
    [InlineData("Transfer-Encoding: CHUNKED\r\nContent-Length: 0\r\n")]
    public async Task A_length_beside_chunks_hides_nothing(string head)
    {
        var since = gateway.Emulator.Journal.Last;

        var (status, _, whole) = await gateway.SendRawAsync(
            $"POST /v1/calls HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nContent-Type: "
                + $"application/json\r\nConnection: close\r\n{head}\r\n2\r\n{{}}\r\n0\r\n\r\n{Hidden}");

        Assert.True(status is 400 or 422, whole);
        Assert.DoesNotContain("\r\nHTTP/1.1", whole, StringComparison.Ordinal);
        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    public static TheoryData<string, string, int, string> Lines => new()
    {
        { "no version", "GET /v1/me\r\nHost: gateway\r\n", 400, "" },
        { "an unknown version", "GET /v1/me HTTP/9.9\r\nHost: gateway\r\n", 505, "" },
        { "a version in lower case", "GET /v1/me http/1.1\r\nHost: gateway\r\n", 505, "" },
        { "HTTP/2 in words", "GET /v1/me HTTP/2.0\r\nHost: gateway\r\n", 505, "" },
        { "no method", " /v1/me HTTP/1.1\r\nHost: gateway\r\n", 400, "" },
        { "a method with a control character", "GE\u0001T /v1/me HTTP/1.1\r\nHost: gateway\r\n", 400, "" },
        { "two blanks", "GET  /v1/me HTTP/1.1\r\nHost: gateway\r\n", 400, "" },
        { "a tab", "GET\t/v1/me HTTP/1.1\r\nHost: gateway\r\n", 400, "" },
        { "no host", "GET /v1/me HTTP/1.1\r\nX-A: b\r\n", 400, "" },
        { "an empty host and an absolute target", "GET http:///v1/me HTTP/1.1\r\nHost: \r\n", 400, "" },
        { "a host with a blank", "GET /v1/me HTTP/1.1\r\nHost: gate way\r\n", 400, "" },
        { "a host with a path", "GET /v1/me HTTP/1.1\r\nHost: gateway/x\r\n", 400, "" },
        { "a host with a user", "GET /v1/me HTTP/1.1\r\nHost: a@gateway\r\n", 400, "" },
        { "TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n", 400, "" },
        { "CONNECT", "CONNECT gateway:443 HTTP/1.1\r\nHost: gateway\r\n", 400, "" },
        { "TRACE", "TRACE /v1/me HTTP/1.1\r\nHost: gateway\r\n", 405, "method_not_allowed" },
        { "an unknown method", "BREW /v1/me HTTP/1.1\r\nHost: gateway\r\n", 405, "method_not_allowed" },
        { "a method of Siro's in lower case", "get /external/v1/core/users HTTP/1.1\r\nHost: gateway\r\n", 405, "method_not_allowed" },
        { "a method in lower case", "get /v1/me HTTP/1.1\r\nHost: gateway\r\n", 405, "method_not_allowed" },
        { "one small letter", "pOST /v1/session HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\n", 405, "method_not_allowed" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_request_line_that_is_none_is_refused(string what, string lines, int status, string code)
    {
        var answer = await gateway.SendRawAsync($"{lines}X-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: close\r\n\r\n");

        Assert.True((answer.Status, answer.Code) == (status, code), $"{what}: {answer.Whole}");
    }

    /// <summary>
    /// A name that is no token of RFC 9110, and a header larger than anything that Siro takes: the server reads both (a token that is too
    /// large is answered with its reason), and neither goes any further.
    /// </summary>
    [Theory]
    [InlineData("X(A)", 1)]
    [InlineData("X-A", 40_000)]
    public async Task A_header_that_nobody_reads_is_not_passed_on(string name, int length)
    {
        var since = gateway.Emulator.Journal.Last;

        var answer = await gateway.SendRawAsync(
            $"GET /external/v1/core/users HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\n{name}: "
                + $"{new string('b', length)}\r\nConnection: close\r\n\r\n");

        Assert.True(answer.Status == 200, answer.Whole);
        Assert.DoesNotContain(Assert.Single(gateway.Emulator.Journal.Read(since)).Headers, h => h.Key == name);
    }

    public static TheoryData<string, string, int, string> Sizes => new()
    {
        { "a long header", "X-A: " + new string('a', 200_000) + "\r\n", 431, "" },
        { "many headers", string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n")), 431, "" },
        { "a long name", new string('a', 200_000) + ": b\r\n", 431, "" },
        { "a long key beside the right one", "X-Api-Key: " + new string('a', 20_000) + "\r\n", 401, "duplicate_authorization" },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Headers_are_bounded(string what, string head, int status, string code)
    {
        var answer = await gateway.SendRawAsync(
            $"GET /v1/me HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\n{head}Connection: close\r\n\r\n");

        Assert.True((answer.Status, answer.Code) == (status, code), $"{what}: {answer.Whole}");
    }
}
