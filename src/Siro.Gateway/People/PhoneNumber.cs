namespace Siro.Gateway.People;

/// <summary>
/// Telephone numbers as E.164 (ITU-T E.164: a plus, a country code, at most 15 digits). A small stand-in for a full numbering library,
/// which the package feed lacks: it knows how numbers are dialled within a region, not which numbers exist.
/// </summary>
internal static class PhoneNumber
{
    /// <summary>What a region dials: its country code, the prefix before national numbers, the prefix of international calls, and how long national numbers are.</summary>
    private sealed record Dialling(string Code, string Trunk, string International, int Shortest, int Longest);

    private static readonly Dictionary<string, Dialling> Regions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["US"] = new("1", "1", "011", 10, 10), ["CA"] = new("1", "1", "011", 10, 10), ["PR"] = new("1", "1", "011", 10, 10),
        ["GB"] = new("44", "0", "00", 9, 10), ["IE"] = new("353", "0", "00", 7, 9), ["DE"] = new("49", "0", "00", 5, 11),
        ["FR"] = new("33", "0", "00", 9, 9), ["ES"] = new("34", "", "00", 9, 9), ["PT"] = new("351", "", "00", 9, 9),
        ["IT"] = new("39", "", "00", 6, 11), ["NL"] = new("31", "0", "00", 9, 9), ["BE"] = new("32", "0", "00", 8, 9),
        ["CH"] = new("41", "0", "00", 9, 9), ["AT"] = new("43", "0", "00", 4, 13), ["DK"] = new("45", "", "00", 8, 8),
        ["SE"] = new("46", "0", "00", 7, 10), ["NO"] = new("47", "", "00", 8, 8), ["FI"] = new("358", "0", "00", 5, 12),
        ["PL"] = new("48", "", "00", 9, 9), ["CZ"] = new("420", "", "00", 9, 9), ["AU"] = new("61", "0", "0011", 9, 9),
        ["NZ"] = new("64", "0", "00", 8, 10), ["MX"] = new("52", "01", "00", 10, 10), ["BR"] = new("55", "0", "00", 10, 11),
        ["IN"] = new("91", "0", "00", 10, 10), ["JP"] = new("81", "0", "010", 9, 10), ["SG"] = new("65", "", "000", 8, 8),
        ["ZA"] = new("27", "0", "00", 9, 9), ["IL"] = new("972", "0", "00", 8, 9), ["AE"] = new("971", "0", "00", 8, 9),
        ["PH"] = new("63", "0", "00", 8, 10), ["AR"] = new("54", "0", "00", 10, 10), ["CO"] = new("57", "0", "00", 10, 10),
    };

    /// <summary>
    /// The number as <c>+</c> and digits, or null when it is none (words like <c>anonymous</c>, too short, too long).
    /// Spaces, dots, dashes, brackets, <c>tel:</c> and an extension are left out; a number without country code is read as dialled in <paramref name="region"/>.
    /// </summary>
    public static string? ToE164(string? text, string region)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 64)
        {
            return null;
        }

        text = text.Trim();
        if (text.StartsWith("tel:", StringComparison.OrdinalIgnoreCase))
        {
            text = text[4..];
        }

        text = WithoutExtension(text).Replace("(0)", "", StringComparison.Ordinal);
        var plus = text.StartsWith('+');
        Span<char> kept = stackalloc char[text.Length];
        var length = 0;
        foreach (var c in plus ? text.AsSpan(1) : text)
        {
            if (char.IsAsciiDigit(c))
            {
                kept[length++] = c;
            }
            else if (c is not (' ' or '-' or '.' or '(' or ')' or '/' or '\u00A0' or '\u2010' or '\u2011' or '\u2013'))
            {
                return null;
            }
        }

        var digits = kept[..length].ToString();
        return plus ? International(digits) : Regions.TryGetValue(region, out var dialling) ? National(digits, dialling) : null;
    }

    /// <summary>A country code never starts with 0; 7 digits are the shortest numbers in use with their code.</summary>
    private static string? International(string digits) => digits is { Length: >= 7 and <= 15 } && digits[0] != '0' ? "+" + digits : null;

    private static string? National(string digits, Dialling dialling)
    {
        if (digits.StartsWith(dialling.International, StringComparison.Ordinal))
        {
            return International(digits[dialling.International.Length..]);
        }

        foreach (var national in new[] { Without(digits, dialling.Trunk), digits, Without(digits, dialling.Code) })
        {
            if (national is not null && national.Length >= dialling.Shortest && national.Length <= dialling.Longest)
            {
                return International(dialling.Code + national);
            }
        }

        return null;
    }

    private static string? Without(string digits, string prefix) =>
        prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.Ordinal) ? digits[prefix.Length..] : null;

    private static string WithoutExtension(string text)
    {
        foreach (var mark in new[] { ";ext=", " ext", " x", "x", "#", "," })
        {
            var at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
            if (at > 0 && char.IsAsciiDigit(text[..at].TrimEnd()[^1]))
            {
                return text[..at];
            }
        }

        return text;
    }
}
