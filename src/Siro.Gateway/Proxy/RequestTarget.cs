using System.Buffers;
using System.Text;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Judges the request target as it stood on the request line, before anything has decoded or tidied it.
/// What Siro's side could read as another path than the gateway did is refused; nothing is repaired.
/// </summary>
internal static class RequestTarget
{
    private const int MaxLength = 8192;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>RFC 3986's pchar and slash; the percent sign is looked at by itself.</summary>
    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%");

    /// <summary>
    /// A query may also hold what lenient clients leave plain in it (JSON, brackets), but nothing outside of printable ASCII. Its escapes
    /// are the caller's own: it is passed on as it is.
    /// </summary>
    private static readonly SearchValues<char> QueryCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%[]{}|\"<>^`");

    /// <summary>What is wrong with the target, as the end of a sentence; null when nothing is.</summary>
    public static string? Fault(string rawTarget)
    {
        if (rawTarget.Length > MaxLength)
        {
            return $"is longer than {MaxLength} characters";
        }

        if (rawTarget.Length == 0 || rawTarget[0] != '/')
        {
            return "must begin with a slash";
        }

        var mark = rawTarget.IndexOf('?');
        var path = mark < 0 ? rawTarget.AsSpan() : rawTarget.AsSpan(0, mark);
        if (mark >= 0 && rawTarget.AsSpan(mark + 1).ContainsAnyExcept(QueryCharacters))
        {
            return "has a character that a query must escape";
        }

        if (path.ContainsAnyExcept(PathCharacters))
        {
            return "has a character that a path must escape";
        }

        if (path.Length == 1)
        {
            return null;
        }

        // A trailing slash ends the last segment; it does not begin an empty one.
        var rest = path[^1] == '/' ? path[1..^1] : path[1..];
        foreach (var range in rest.Split('/'))
        {
            if (SegmentFault(rest[range]) is { } segmentFault)
            {
                return segmentFault;
            }
        }

        return null;
    }

    private static string? SegmentFault(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
        {
            return "has an empty segment";
        }

        if (!segment.Contains('%'))
        {
            return IsDots(segment) ? "has a dot segment" : null;
        }

        Span<byte> decoded = segment.Length <= 512 ? stackalloc byte[segment.Length] : new byte[segment.Length];
        var length = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                decoded[length++] = (byte)segment[i];
                continue;
            }

            if (!TryByte(segment, i, out var value))
            {
                return "has a percent sign without two hex digits";
            }

            switch (value)
            {
                case (byte)'/' or (byte)'\\':
                    return "escapes a slash or a backslash";
                case < 0x20 or 0x7F:
                    return "escapes a control character";
            }

            decoded[length++] = value;
            i += 2;
        }

        return DecodedFault(decoded[..length]);
    }

    private static string? DecodedFault(ReadOnlySpan<byte> decoded)
    {
        for (var i = 0; i + 2 < decoded.Length; i++)
        {
            if (decoded[i] == '%' && char.IsAsciiHexDigit((char)decoded[i + 1]) && char.IsAsciiHexDigit((char)decoded[i + 2]))
            {
                return "is escaped twice";
            }
        }

        string text;
        try
        {
            text = Strict.GetString(decoded);
        }
        catch (DecoderFallbackException)
        {
            return "escapes bytes that are not UTF-8";
        }

        foreach (var c in text)
        {
            // Full-width and other look-alikes of dot and slash become the real ones where text is normalised.
            if (char.IsControl(c)
                || c is '\u2024' or '\u2025' or '\u2026' or '\u2044' or '\u2215' or '\u29F5' or '\uFE52' or '\uFE68' or '\uFF0E' or '\uFF0F'
                or '\uFF3C')
            {
                return "escapes a character that may be read as a dot or a slash";
            }
        }

        return IsDots(text) ? "has a dot segment" : null;
    }

    /// <summary>True for <c>.</c> and <c>..</c>, also with parameters (<c>..;x</c>) or white space around.</summary>
    private static bool IsDots(ReadOnlySpan<char> segment)
    {
        var parameters = segment.IndexOf(';');
        return (parameters < 0 ? segment : segment[..parameters]).Trim() is "." or "..";
    }

    private static bool TryByte(ReadOnlySpan<char> text, int at, out byte value)
    {
        value = 0;
        return at + 2 < text.Length
            && char.IsAsciiHexDigit(text[at + 1])
            && char.IsAsciiHexDigit(text[at + 2])
            && byte.TryParse(text.Slice(at + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out value);
    }
}
