namespace Siro.Gateway.Common;

/// <summary>An answer's Retry-After, in seconds or as a date (RFC 9110, 10.2.3): the one place that reads it.</summary>
internal static class RetryAfter
{
    /// <summary>More than this is not waited for, whoever asks.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How long to wait from now, at most a day; zero for a date that has passed; null where nothing readable was said.</summary>
    public static TimeSpan? Of(HttpResponseMessage? response, TimeProvider time)
    {
        TimeSpan? wait = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),

            // More seconds than the framework reads are still a wish to be left alone.
            null when response is not null && response.Headers.TryGetValues("Retry-After", out var raw)
                && raw.First() is { Length: > 0 } digits && digits.All(char.IsAsciiDigit) => Longest,
            _ => null,
        };
        return wait is not { } told ? null : told < TimeSpan.Zero ? TimeSpan.Zero : told > Longest ? Longest : told;
    }
}
