namespace Siro.Gateway.Proxy;

/// <summary>Walks the segments of a raw path that <see cref="RequestTarget"/> has passed.</summary>
internal static class PathSegments
{
    /// <summary>Characters of a segment that matter for finding an operation; a longer one is a parameter's value in any case.</summary>
    public const int MaxLength = 128;

    /// <summary>
    /// Takes the next segment off <paramref name="rest"/>: unescaped into <paramref name="buffer"/> where it has escapes, without
    /// <c>;parameters</c>.
    /// False at the end; a trailing slash is the end.
    /// </summary>
    public static bool Next(ref ReadOnlySpan<char> rest, Span<char> buffer, out ReadOnlySpan<char> segment)
    {
        rest = rest.TrimStart('/');
        if (rest.IsEmpty)
        {
            segment = default;
            return false;
        }

        var end = rest.IndexOf('/');
        segment = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..];
        if (segment.Contains('%'))
        {
            segment = Unescape(segment, buffer);
        }

        var parameters = segment.IndexOf(';');
        segment = parameters < 0 ? segment : segment[..parameters];
        return true;
    }

    /// <summary>ASCII escapes as characters; others stay, since no template has one.</summary>
    private static ReadOnlySpan<char> Unescape(ReadOnlySpan<char> segment, Span<char> buffer)
    {
        var length = 0;
        for (var i = 0; i < segment.Length && length < buffer.Length; i++)
        {
            var c = segment[i];
            if (c == '%' && i + 2 < segment.Length
                && byte.TryParse(segment.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value)
                && value < 0x80)
            {
                c = (char)value;
                i += 2;
            }

            buffer[length++] = c;
        }

        return buffer[..length];
    }
}
