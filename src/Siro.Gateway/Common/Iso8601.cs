using System.Globalization;

namespace Siro.Gateway.Common;

/// <summary>
/// Moments as text between systems (ISO 8601): always in UTC, with milliseconds, as Siro's guide and the providers write them.
/// </summary>
internal static class Iso8601
{
    /// <summary>For example <c>2026-01-31T09:30:00.000Z</c>.</summary>
    public static string Text(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The moment; text without an offset is taken as UTC; null for what is no moment.</summary>
    public static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var moment) ? moment : null;
}
