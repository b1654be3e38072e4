using System.Globalization;
using System.Net.Mail;

namespace Siro.Gateway.Uploads.Metadata;

/// <content>The values of single fields: each is the value, or null with the error noted.</content>
internal sealed partial class MetadataReader
{
    /// <summary>A caller's clock may be ahead of this one.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private string? Email(string field, string value)
    {
        if (value.Length <= 254 && MailAddress.TryCreate(value, out var address) && address.Address == value
            && !value.Contains(' ', StringComparison.Ordinal))
        {
            return value;
        }

        Fail(field, "invalid_email", "is not an email address");
        return null;
    }

    private string? Phone(string field, string value)
    {
        var digits = value.Count(char.IsAsciiDigit);
        if (digits is >= 3 and <= 20
            && value.All(c => char.IsAsciiDigit(c) || c is '+' or ' ' or '-' or '(' or ')' or '.' or '/' or 'x' or '#' or ',' or ';'))
        {
            return value;
        }

        Fail(field, "invalid_phone", "is not a phone number");
        return null;
    }

    private DateTimeOffset? Date(string field, string value)
    {
        // RFC 3339; a time without an offset could mean any of 26 hours.
        if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || value is not [_, _, _, _, '-', _, _, '-', _, _, 'T' or 't' or ' ', ..]
            || !(value[^1] is 'Z' or 'z' || value.LastIndexOfAny(['+', '-']) > 10))
        {
            Fail(field, "invalid_date", "must be a date and time with its offset, as 2026-03-01T14:30:00Z");
            return null;
        }

        if (date > time.GetUtcNow() + Skew)
        {
            Fail(field, "date_in_future", "lies in the future: it is the time of the call");
            return null;
        }

        return date.ToUniversalTime();
    }

    private bool? Bool(string field, string value)
    {
        if (bool.TryParse(value, out var result))
        {
            return result;
        }

        Fail(field, "invalid_value", "must be true or false");
        return null;
    }

    private string? OneOf(string field, string value, string[] values)
    {
        if (values.Contains(value, StringComparer.Ordinal))
        {
            return value;
        }

        Fail(field, "invalid_value", "must be one of: " + string.Join(", ", values));
        return null;
    }
}
