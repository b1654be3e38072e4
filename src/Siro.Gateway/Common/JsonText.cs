using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Siro.Gateway.Common;

/// <summary>
/// JSON whose texts .NET can't read: bytes that are no UTF-8, and <c>\u</c> escapes of half a surrogate pair, as a sender writes that cuts
/// a text inside of an emoji.
/// The parser takes both, and fails only when the text is asked for.
/// </summary>
internal static class JsonText
{
    /// <summary>True when every text in it can be read.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> json) => Utf8.IsValid(json) && NextHalf(json, 0) < 0;

    /// <summary>The same bytes, or a copy in which U+FFFD stands for what can't be read.</summary>
    public static ReadOnlyMemory<byte> Readable(ReadOnlyMemory<byte> json)
    {
        if (IsReadable(json.Span))
        {
            return json;
        }

        var copy = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span));
        for (var at = NextHalf(copy, 0); at >= 0; at = NextHalf(copy, at))
        {
            "fffd"u8.CopyTo(copy.AsSpan(at));
        }

        return copy;
    }

    /// <summary>Where the four digits of the next half pair stand, or -1.</summary>
    private static int NextHalf(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            at += next;
            var unit = Unit(json[at..]);
            if (unit is < 0xD800 or > 0xDFFF)
            {
                at += 2;
            }
            else if (unit < 0xDC00 && Unit(json[(at + 6)..]) is >= 0xDC00 and <= 0xDFFF)
            {
                at += 12;
            }
            else
            {
                return at + 2;
            }
        }

        return -1;
    }

    /// <summary>The UTF-16 unit of the <c>\u</c> escape at the beginning, or -1.</summary>
    private static int Unit(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json.StartsWith("\\u"u8) && Utf8Parser.TryParse(json.Slice(2, 4), out ushort unit, out var read, 'x')
            && read == 4 ? unit : -1;
}
