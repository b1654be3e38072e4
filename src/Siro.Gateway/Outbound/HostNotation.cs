using System.Globalization;
using System.Net;
using System.Text;

namespace Siro.Gateway.Outbound;

/// <summary>
/// What a URL's host means, however it is written. Resolvers, proxies and other libraries read full-width and other digits, a dot at the
/// end, octal and hexadecimal parts as the address that they stand for, so here they are judged as that address (WHATWG URL, "host
/// parsing").
/// </summary>
internal static class HostNotation
{
    /// <summary>Names for this machine that need no resolver (RFC 6761, 6.3, and what Debian writes into /etc/hosts).</summary>
    private static readonly string[] Loopbacks = [
        "localhost", "localhost.localdomain", "localhost6", "localhost6.localdomain6", "ip6-localhost", "ip6-loopback"];

    /// <summary>
    /// The addresses that the host stands for without a resolver; empty for a name; null for what is neither a name nor an address.
    /// </summary>
    public static IPAddress[]? Addresses(string host)
    {
        if (host.StartsWith('['))
        {
            return IPAddress.TryParse(host.Trim('[', ']'), out var six) ? [six] : null;
        }

        if (Plain(host) is not { Length: > 0 } plain || plain.StartsWith('.') || plain.Contains("..", StringComparison.Ordinal))
        {
            return null;
        }

        if (IPAddress.TryParse(plain, out var address))
        {
            return [address];
        }

        if (Loopbacks.Contains(plain, StringComparer.Ordinal) || plain.EndsWith(".localhost", StringComparison.Ordinal))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        // A name whose last part is a number is a failed address everywhere else.
        return IsNumber(plain[(plain.LastIndexOf('.') + 1)..]) ? null : [];
    }

    /// <summary>
    /// With ASCII digits, dots and full-width letters' narrow forms, in lower case, without the one dot that may stand at the end.
    /// Normalization form KC does the same and more, but not where globalization is invariant, as in the shipped image.
    /// </summary>
    private static string Plain(string host)
    {
        var plain = new StringBuilder(host.Length);
        foreach (var rune in host.EnumerateRunes())
        {
            plain.Append(rune.Value switch
            {
                0x3002 or 0xFF0E or 0xFF61 => ".",
                _ when rune.IsAscii => rune.ToString(),
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber
                    && Rune.GetNumericValue(rune) is >= 0 and <= 9 and var digit =>
                    ((int)digit).ToString(CultureInfo.InvariantCulture),
                >= 0xFF01 and <= 0xFF5E and var wide => ((char)(wide - 0xFEE0)).ToString(),
                _ => rune.ToString(),
            });
        }

        var text = plain.ToString().ToLowerInvariant();
        return text.EndsWith('.') ? text[..^1] : text;
    }

    private static bool IsNumber(string part) =>
        part.Length > 0
            && (part.All(char.IsAsciiDigit) || (part.StartsWith("0x", StringComparison.Ordinal) && part[2..].All(char.IsAsciiHexDigit)));
}
