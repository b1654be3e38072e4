using System.Globalization;

namespace Siro.Gateway.Events;

/// <summary>The three headers of a signed webhook, under Svix's names or Standard Webhooks'.</summary>
/// <param name="Id">The event's id; stays the same across retries.</param>
/// <param name="Timestamp">Seconds since the epoch, as sent.</param>
/// <param name="Signature"><c>v1,{base64}</c>, several separated by spaces.</param>
internal sealed record SignatureHeaders(string Id, string Timestamp, string Signature)
{
    /// <summary>Longest id taken: it becomes part of key names.</summary>
    public const int LongestId = 128;

    /// <summary>Reads <c>svix-*</c>, or where one is absent <c>webhook-*</c>; null when one is missing, sent twice or malformed.</summary>
    public static SignatureHeaders? Read(IHeaderDictionary headers)
    {
        var found = From(headers, "svix-") ?? From(headers, "webhook-");
        return found is { } f && IsId(f.Id) && Seconds(f.Timestamp) is not null ? f : null;
    }

    /// <summary>Writes the headers of one attempt under both names, so that either library verifies it.</summary>
    public void Write(System.Net.Http.Headers.HttpRequestHeaders headers)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["webhook-", "svix-"])
        {
            headers.TryAddWithoutValidation(prefix + "id", Id);
            headers.TryAddWithoutValidation(prefix + "timestamp", Timestamp);
            headers.TryAddWithoutValidation(prefix + "signature", Signature);
        }
    }

    /// <summary>The moment that was signed, or null when it is no number of seconds.</summary>
    public static DateTimeOffset? Seconds(string timestamp) =>
        timestamp.Length <= 12 && long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>An id that may become part of a key's name and of a URL.</summary>
    public static bool IsId(string id) =>
        id.Length is > 0 and <= LongestId && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':');

    private static SignatureHeaders? From(IHeaderDictionary headers, string prefix) =>
        headers[prefix + "id"] is [{ Length: > 0 } id]
        && headers[prefix + "timestamp"] is [{ Length: > 0 } timestamp]
        && headers[prefix + "signature"] is [{ Length: > 0 } signature]
            ? new SignatureHeaders(id, timestamp, signature)
            : null;
}
