using System.Globalization;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>Moments as operators type them.</summary>
internal static class Moments
{
    /// <summary>
    /// A moment in the past, written out or as how long ago (<c>30m</c>, <c>12h</c>, <c>2d</c>); null for no text. Throws
    /// <see cref="CommandFailure"/>.
    /// </summary>
    public static DateTimeOffset? Past(string? text, string option, TimeProvider time)
    {
        if (text is null)
        {
            return null;
        }

        var now = time.GetUtcNow();
        return Ago(text) is { } ago ? now - ago
            : Iso8601.Parse(text) is { } moment && moment <= now ? moment
            : throw new CommandFailure(ExitCodes.Wrong,
                $"{option} {text}: give a moment in the past such as 2026-03-01T14:30:00Z, or how long ago, such as 30m, 12h, 2d.");
    }

    private static TimeSpan? Ago(string text) =>
        text.Length is > 1 and < 8 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
        ? text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' when count <= 3650 => TimeSpan.FromDays(count),
            _ => null,
        }
        : null;
}
