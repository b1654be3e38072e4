using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public class JsonTextTests
{
    private static string Read(byte[] json)
    {
        using var document = JsonDocument.Parse(JsonText.Readable(json));
        return document.RootElement.GetString()!;
    }

    [Theory]
    [InlineData(@"""plain \"" \\""", "plain \" \\")]
    [InlineData(@"""\ud83d\ude00""", "\ud83d\ude00")]
    [InlineData(@"""\\ud83d""", @"\ud83d")]
    [InlineData(@"""\\\ud83d""", "\\\ufffd")]
    [InlineData(@"""cut \uD83D""", "cut \ufffd")]
    [InlineData(@"""\ude00\ud83d""", "\ufffd\ufffd")]
    [InlineData(@"""\ud83d\ud83d\ude00 \udfff\u0041""", "\ufffd\ud83d\ude00 \ufffdA")]
    public void Half_a_surrogate_pair_is_read_as_a_replacement_character(string json, string text) =>
        Assert.Equal(text, Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_read_as_a_replacement_character() =>
        Assert.Equal("a\ufffdb", Read([.. "\"a"u8, 0xFF, .. "b\""u8]));

    [Theory]
    [InlineData(@"""a\\ud83d \ud83d\ude00""", true)]
    [InlineData(@"""\ud83d""", false)]
    [InlineData(@"\", true)]
    [InlineData(@"""\ud8", true)]
    [InlineData(@"""\ud83d\", false)]
    public void Readable_says_whether_every_text_can_be_read(string json, bool readable) =>
        Assert.Equal(readable, JsonText.IsReadable(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void What_can_be_read_is_not_copied()
    {
        ReadOnlyMemory<byte> json = "{\"a\":\"\\u00e4\"}"u8.ToArray();
        Assert.Equal(json, JsonText.Readable(json));
    }
}
