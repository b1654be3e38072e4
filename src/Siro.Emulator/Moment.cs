using System.Globalization;

namespace Siro.Emulator;

/// <summary>Siro's timestamps: UTC, milliseconds, <c>Z</c>.</summary>
internal static class Moment
{
    public static DateTimeOffset Now(TimeProvider time) => Trim(time.GetUtcNow());

    public static DateTimeOffset Trim(DateTimeOffset value)
    {
        var utc = value.ToUniversalTime();
        return new DateTimeOffset(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }

    public static string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out DateTimeOffset value)
    {
        value = default;
        return text is { Length: >= 10 and <= 40 }
            && text[4] == '-' && text[7] == '-'
            && (text.Length == 10 || text[10] == 'T')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }
}
