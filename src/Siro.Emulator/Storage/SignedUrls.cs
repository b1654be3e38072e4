using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Storage;

/// <summary>
/// Signs and checks URLs the way Google's V4 signing does: method, path, query, signed headers and expiry, under a key of this run.
/// </summary>
internal sealed class SignedUrls(TimeProvider time)
{
    private const string Stamp = "yyyyMMdd'T'HHmmss'Z'";
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <param name="headers">Lower-case names and the exact values that the request must carry. The host header is always signed.</param>
    public Uri Sign(string method, Uri storage, string path, TimeSpan lifetime, params (string Name, string Value)[] headers)
    {
        var all = headers.Append(("host", storage.Authority)).OrderBy(h => h.Item1, StringComparer.Ordinal).ToArray();
        var query =
            $"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=emulator%40siro.iam.gserviceaccount.com&X-Goog-Date={time.GetUtcNow().UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture)}"
            + $"&X-Goog-Expires={(long)lifetime.TotalSeconds}&X-Goog-SignedHeaders={string.Join("%3B", all.Select(h => h.Item1))}";
        var signature = Signature(method, path, query, all.Select(h => $"{h.Item1}:{h.Item2}"));
        return new Uri($"{storage.GetLeftPart(UriPartial.Path).TrimEnd('/')}{path}?{query}&X-Goog-Signature={signature}");
    }

    /// <summary>Null when the request is exactly what was signed and still in time.</summary>
    public Answer? Refuse(HttpRequest request, string path)
    {
        const string mark = "&X-Goog-Signature=";
        var raw = request.QueryString.Value ?? "";
        var cut = raw.IndexOf(mark, StringComparison.Ordinal);
        if (cut < 0)
        {
            return GcsError.AccessDenied;
        }

        if (!DateTimeOffset.TryParseExact(
            request.Query["X-Goog-Date"], Stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || !long.TryParse(request.Query["X-Goog-Expires"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return GcsError.SignatureDoesNotMatch;
        }

        if (time.GetUtcNow() >= date.AddSeconds(seconds))
        {
            return GcsError.ExpiredToken;
        }

        var names = request.Query["X-Goog-SignedHeaders"].ToString().Split(';');
        if (names.FirstOrDefault(n => !request.Headers.ContainsKey(n)) is { } missing)
        {
            return GcsError.MalformedSecurityHeader(missing, extra: false);
        }

        if (request.Headers.Keys.FirstOrDefault(k => k.StartsWith("x-goog-", StringComparison.OrdinalIgnoreCase)
            && !names.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } extra)
        {
            return GcsError.MalformedSecurityHeader(extra, extra: true);
        }

        var expected = Signature(request.Method, path, raw[1..cut], names.Select(n => $"{n}:{request.Headers[n]}"));
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(raw[(cut + mark.Length)..]))
            ? null
            : GcsError.SignatureDoesNotMatch;
    }

    private string Signature(string method, string path, string query, IEnumerable<string> headers) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{method}\n{path}\n{query}\n{string.Join('\n', headers)}")));
}
