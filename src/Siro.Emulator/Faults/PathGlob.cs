namespace Siro.Emulator.Faults;

/// <summary>A path with <c>*</c> for anything within one segment and <c>**</c> for any number of segments.</summary>
public sealed class PathGlob(string pattern)
{
    private readonly string[] _parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);

    public bool Matches(string path) => Matches(0, path.Split('/', StringSplitOptions.RemoveEmptyEntries), 0);

    private bool Matches(int part, string[] segments, int at)
    {
        if (part == _parts.Length)
        {
            return at == segments.Length;
        }

        if (_parts[part] is "**")
        {
            return Matches(part + 1, segments, at) || (at < segments.Length && Matches(part, segments, at + 1));
        }

        return at < segments.Length && Fits(_parts[part], segments[at]) && Matches(part + 1, segments, at + 1);
    }

    private static bool Fits(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
        {
            return pattern.SequenceEqual(text);
        }

        if (!text.StartsWith(pattern[..star]))
        {
            return false;
        }

        for (var skip = star; skip <= text.Length; skip++)
        {
            if (Fits(pattern[(star + 1)..], text[skip..]))
            {
                return true;
            }
        }

        return false;
    }
}
