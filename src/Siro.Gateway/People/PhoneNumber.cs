using PhoneNumbers;

namespace Siro.Gateway.People;

/// <summary>
/// Telephone numbers as E.164 (ITU-T E.164: a plus, a country code, at most 15 digits), read by Google's libphonenumber.
/// A number counts when it is as long as its region's numbers are; whether its range is in use is not asked, because lists of users hold
/// test numbers too.
/// </summary>
internal static class PhoneNumber
{
    /// <summary>Longer than any number with its extension and a comment.</summary>
    private const int MaxLength = 100;

    /// <summary>The shortest numbers in use, with their country code: below it, it is an extension of somebody's own exchange.</summary>
    private const int FewestDigits = 7;

    private static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    /// <summary>
    /// The number as <c>+</c> and digits, or null when it is none (words like <c>anonymous</c>, too short, too long).
    /// One number in national and international form, with <c>00</c>, the region's own international prefix, <c>tel:</c>,
    /// an extension (left out) or letters (<c>1-800-FLOWERS</c>) gives one result. Without a country code it is read as dialled in
    /// <paramref name="region"/>.
    /// </summary>
    public static string? ToE164(string? text, string region)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return null;
        }

        // ITU-T E.164 recommends 00, and people write it wherever they are; a region that dials something else has no numbers that begin
        // so.
        return Parse(text, region) ?? (text.StartsWith("00", StringComparison.Ordinal) ? Parse("+" + text[2..].TrimStart(), region) : null);
    }

    /// <summary>
    /// The readings of a number that came in a query or a form, the likelier first. There a plus that was not encoded arrives as a blank,
    /// so that a number behind a blank was sent with a plus; it may also be a national number that somebody padded.
    /// </summary>
    public static IReadOnlyList<string> FromForm(string? text, string region)
    {
        var plain = ToE164(text, region);
        var plus = WithPlus(text) is { } international ? ToE164(international, region) : null;
        return [.. new[] { plus, plain }.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The number with the plus that became a blank; null where there is no such blank.</summary>
    public static string? WithPlus(string? text) =>
        text is [' ', ..] && text.TrimStart() is [>= '0' and <= '9', ..] digits ? "+" + digits : null;

    private static string? Parse(string text, string region)
    {
        try
        {
            var number = Library.Parse(text, region);
            var isPossible = Library.IsPossibleNumberWithReason(number) is PhoneNumberUtil.ValidationResult.IS_POSSIBLE;
            return isPossible && Library.Format(number, PhoneNumberFormat.E164) is { Length: > FewestDigits } e164 ? e164 : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
