using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Reads Siro's answer to <c>POST /v1/core/oauth/apps/{clientId}/access-token</c>: 200 or 201
/// <c>{accessTokenId, accessToken}</c> (both statuses are published), errors <c>{error}</c> or a ZodError.
/// </summary>
internal static class MintAnswer
{
    /// <summary>Most that is read of the answer.</summary>
    public const int MostBytes = 64 * 1024;

    /// <param name="sentAt">The timestamp from before the request: the token's life is counted from there, so never too long.</param>
    public static MintResult Read(
        OAuthApp app, HttpStatusCode status, ReadOnlySpan<byte> body, bool isCdn, TimeSpan? retryAfter, long sentAt)
    {
        var organization = app.Organization;
        var settings = $"Siro:Organizations:{organization}";
        switch (status)
        {
            case HttpStatusCode.OK or HttpStatusCode.Created:
                return Token(app, body, sentAt)
                    ?? new MintResult(MintOutcome.Failed, Why: "Siro's answer to the request for a user token holds none.");

            case HttpStatusCode.Forbidden when isCdn:
                return new MintResult(MintOutcome.Failed, Why: "Siro's CDN refused the request (403): check Siro:UserAgent.");

            case HttpStatusCode.Unauthorized:
                return new MintResult(MintOutcome.AppRefused, Why: IsAbout(body, "client", "secret", "app")
                    ? $"Siro refused the OAuth app of {organization} ({settings}:OAuth:ClientSecret)."
                    : $"Siro refused the credential of {organization} with which user tokens are minted "
                        + $"({settings}:OrganizationToken, or :ClientCredentials).");

            case HttpStatusCode.TooManyRequests:
                return new MintResult(MintOutcome.Throttled, Why: "Siro's limit is reached.", RetryAfter: retryAfter);

            case HttpStatusCode.RequestTimeout:
                return new MintResult(MintOutcome.Failed, Why: "Siro did not take the request for a user token in time.");

            // Siro does not publish which 4xx means the user. What names the app or its secret is configuration; all else is about the
            // user.
            case >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError:
                return IsAbout(body, "oauth app", "client", "secret", "not defined")
                    ? new MintResult(MintOutcome.AppRefused, Why: $"Siro refused the OAuth app of {organization} ({settings}:OAuth).")
                    : new MintResult(MintOutcome.UserRefused);

            default:
                return new MintResult(MintOutcome.Failed, Why: $"Siro answered {(int)status} to the request for a user token.");
        }
    }

    /// <summary>The answer's body, as far as it is read.</summary>
    public static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MostBytes];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..length];
    }

    private static MintResult? Token(OAuthApp app, ReadOnlySpan<byte> body, long sentAt)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data))
            {
                root = data;
            }

            var value = Text(root, "accessToken");
            if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                return null;
            }

            var life = TokenLife.Of(value, app.Life);
            return new MintResult(
                MintOutcome.Minted, new ObtainedToken(new Secret(value), Text(root, "accessTokenId") ?? "", life, life, sentAt));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool IsAbout(ReadOnlySpan<byte> body, params ReadOnlySpan<string> words)
    {
        var text = System.Text.Encoding.UTF8.GetString(body);
        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
