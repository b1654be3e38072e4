using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>
/// The header <c>Idempotency-Key</c> (IETF draft-ietf-httpapi-idempotency-key-header): a quoted string; the bare form that most clients
/// send is taken too.
/// </summary>
internal readonly record struct IdempotencyKey(string Value)
{
    /// <summary>The request's key, null without one. Throws 400 <c>invalid_idempotency_key</c>.</summary>
    public static IdempotencyKey? Of(HttpRequest request)
    {
        var header = request.Headers["Idempotency-Key"];
        if (header.Count == 0)
        {
            return null;
        }

        return Parse(header.Count == 1 ? header[0]! : "")
            ?? throw new ProblemException(
                new Problem(400, "invalid_idempotency_key", "Idempotency-Key must be given once, as 1 to 255 visible ASCII characters."));
    }

    /// <summary>The key, quoted or bare; null where it is none.</summary>
    public static IdempotencyKey? Parse(string value)
    {
        var text = value.Trim();
        if (text is ['"', .. var inner, '"'])
        {
            text = inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        }

        return text.Length is > 0 and <= 255 && text.All(c => c is > ' ' and <= '~')
            ? new IdempotencyKey(text)
            : null;
    }

    /// <summary>Names the key in the store: keys of different clients never meet.</summary>
    public string Hash(ClientName client) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{client.Value.Length}:{client.Value}{Value}")));
}
