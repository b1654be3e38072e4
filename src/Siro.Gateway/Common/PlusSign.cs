using System.Text.RegularExpressions;

namespace Siro.Gateway.Common;

/// <summary>
/// A plus in a query or a form means a blank (WHATWG URL, "application/x-www-form-urlencoded parsing"), so that a plus that was not sent as
/// <c>%2B</c>
/// arrives as one. Where a value can't hold a blank, the plus is put back; telephone numbers have two readings
/// (<c>PhoneNumber.FromForm</c>).
/// </summary>
internal static partial class PlusSign
{
    /// <summary>For values that never hold a blank: emails, URLs, base64, keys. Blanks around them are no part of them.</summary>
    public static string Restored(string value) => value.Trim().Replace(' ', '+');

    /// <summary>
    /// For moments: a blank before the offset was a plus (<c>2026-03-01T14:30:00 02:00</c>), one between date and time was not.
    /// </summary>
    public static string InMoment(string value) => Offset().Replace(value, "+${offset}");

    /// <summary>
    /// The value as the URL has it, only percent-decoded: for free text in which a plus and a blank differ. Null where it is absent.
    /// </summary>
    public static string? AsWritten(QueryString query, string name)
    {
        foreach (var pair in new Microsoft.AspNetCore.WebUtilities.QueryStringEnumerable(query.Value))
        {
            if (pair.DecodeName().Span.SequenceEqual(name))
            {
                return Uri.UnescapeDataString(pair.EncodedValue.ToString());
            }
        }

        return null;
    }

    [GeneratedRegex(@"(?<=\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) (?<offset>\d\d:?\d\d)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Offset();
}
