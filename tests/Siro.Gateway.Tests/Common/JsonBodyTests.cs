using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class JsonBodyTests
{
    public static TheoryData<string, byte[]> NoJson => new()
    {
        { "nothing", [] },
        { "blanks", "  \r\n"u8.ToArray() },
        { "a word", "hello"u8.ToArray() },
        { "cut off in a member", "{\"a\":\"b"u8.ToArray() },
        { "cut off after a member", "{\"a\":1"u8.ToArray() },
        { "a comma too many", "{\"a\":1,}"u8.ToArray() },
        { "single quotes", "{'a':1}"u8.ToArray() },
        { "a comment", "{/*x*/\"a\":1}"u8.ToArray() },
        { "two values", "{} {}"u8.ToArray() },
        { "NaN", "{\"a\":NaN}"u8.ToArray() },
        { "a leading zero", "{\"a\":01}"u8.ToArray() },
        { "a line break in a text", "{\"a\":\"x\ny\"}"u8.ToArray() },
        { "a member twice", "{\"a\":1,\"a\":2}"u8.ToArray() },
        { "a member twice, once escaped", "{\"a\":1,\"\\u0061\":2}"u8.ToArray() },
        { "a member twice further in", "{\"b\":{\"a\":1,\"a\":2}}"u8.ToArray() },
        { "half a surrogate pair", "{\"a\":\"\\ud83d\"}"u8.ToArray() },
        { "the halves in the wrong order", "{\"a\":\"\\ude00\\ud83d\"}"u8.ToArray() },
        { "Latin-1", [.. "{\"a\":\""u8, 0xFC, .. "\"}"u8] },
        { "overlong UTF-8", [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8] },
        { "a surrogate in UTF-8", [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8] },
        { "UTF-16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray() },
        { "seventeen deep", Encoding.ASCII.GetBytes("{\"a\":" + new string('[', 16) + new string(']', 16) + "}") },
        { "an array", "[]"u8.ToArray() },
        { "a text", "\"{}\""u8.ToArray() },
        { "null", "null"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(NoJson))]
    public async Task What_is_no_json_object_is_told_so_with_400(string what, byte[] body)
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(body));

        Assert.True((refused.Problem.Status, refused.Problem.Code) == (400, "invalid_json"), what);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\uFEFF{\"a\":1}")]
    [InlineData(" {\"a\":\"\\ud83d\\ude00\", \"A\":1e400} ")]
    public async Task Json_is_read(string body) =>
        Assert.Equal(JsonValueKind.Object, (await ReadAsync(Encoding.UTF8.GetBytes(body))).ValueKind);

    [Fact]
    public async Task An_absent_body_is_an_empty_object_only_where_it_may_be() =>
        Assert.Empty(
            (await JsonBody.ReadObjectAsync(Request([]), 10, TestContext.Current.CancellationToken, mayBeAbsent: true)).EnumerateObject());

    [Fact]
    public async Task A_body_beyond_the_limit_is_not_read_to_its_end()
    {
        var request = Request(new byte[100_000]);

        var refused = await Assert.ThrowsAsync<ProblemException>(
            () => JsonBody.ReadObjectAsync(request, 1000, TestContext.Current.CancellationToken));

        Assert.Equal((413, "body_too_large"), (refused.Problem.Status, refused.Problem.Code));
        Assert.InRange(request.Body.Position, 1001, 20_000);
    }

    private static Task<JsonElement> ReadAsync(byte[] body) =>
        JsonBody.ReadObjectAsync(Request(body), 1000, TestContext.Current.CancellationToken);

    private static HttpRequest Request(byte[] body) => new DefaultHttpContext { Request = { Body = new MemoryStream(body) } }.Request;
}
