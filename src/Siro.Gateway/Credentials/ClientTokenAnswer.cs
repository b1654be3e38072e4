using System.Globalization;
using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Reads the answer of Siro's token endpoint: <c>{access_token, token_type, expires_in}</c>, or <c>{error}</c> (RFC 6749, section 5),
/// whatever the status says. Nothing of a body is ever repeated but the error codes of the RFC.
/// </summary>
internal static class ClientTokenAnswer
{
    /// <summary>The RFC's error codes; others could be anything, a secret included.</summary>
    private static readonly string[] KnownErrors =
        ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
            "server_error", "temporarily_unavailable"];

    /// <summary>The path of the client app's settings.</summary>
    public static string Setting(ClientApp app) => $"Siro:Organizations:{app.Organization}:ClientCredentials";

    /// <param name="sentAt">The timestamp from before the request: the token's life is counted from there, so never too long.</param>
    public static MintResult Read(
        ClientApp app, HttpStatusCode status, ReadOnlySpan<byte> body, bool isCdn, TimeSpan? retryAfter, long sentAt)
    {
        if (isCdn)
        {
            return new MintResult(
                MintOutcome.Failed, Why: "The CDN in front of the token endpoint refused the request (403): check Siro:UserAgent.");
        }

        if (status == HttpStatusCode.TooManyRequests)
        {
            return new MintResult(MintOutcome.Throttled, Why: "The token endpoint's limit is reached.", RetryAfter: retryAfter);
        }

        using var json = Parse(body);
        var root = json?.RootElement ?? default;
        if ((int)status is >= 200 and < 300 && Token(app, root, sentAt) is { } minted)
        {
            return minted;
        }

        return Text(root, app.Options.ErrorField) is { } error ? OfError(app, (int)status, error)
            : (int)status is >= 400 and < 500 && status != HttpStatusCode.RequestTimeout
                ? new MintResult(
                    MintOutcome.AppRefused, Why: $"The token endpoint refused the client app ({(int)status}): check {Setting(app)}.")
            : json is null && (int)status is >= 200 and < 300
                ? new MintResult(MintOutcome.Failed,
                    Why: $"The token endpoint's answer is no JSON: check {Setting(app)}:TokenAddress.")
            : (int)status is >= 200 and < 300
                ? new MintResult(MintOutcome.Failed,
                    Why: $"The token endpoint's answer holds no token in '{app.Options.AccessTokenField}': check "
                    + $"{Setting(app)}:AccessTokenField.")
            : new MintResult(MintOutcome.Failed, Why: $"The token endpoint answered {(int)status}.", RetryAfter: retryAfter);
    }

    private static MintResult OfError(ClientApp app, int status, string error)
    {
        var known = KnownErrors.Contains(error, StringComparer.Ordinal) ? error : "an error of its own";
        return error is "server_error" or "temporarily_unavailable" || status >= 500
            ? new MintResult(MintOutcome.Failed, Why: $"The token endpoint answered {status} with {known}.")
            : new MintResult(MintOutcome.AppRefused,
                Why: $"The token endpoint refused the client app ({status}, {known}): check {Setting(app)}{Settings(error)}.");
    }

    /// <summary>The settings that an error code of the RFC is about.</summary>
    private static string Settings(string error) => error switch
    {
        "invalid_client" => ":ClientId, ClientSecret and Authentication",
        "unauthorized_client" => ":ClientId; the app may not be allowed to use client credentials",
        "invalid_scope" => ":Scope",
        "unsupported_grant_type" => ":TokenAddress and GrantTypeField",
        "invalid_request" => ":Parameters and the fields' names",
        _ => "",
    };

    private static MintResult? Token(ClientApp app, JsonElement root, long sentAt)
    {
        var value = Text(root, app.Options.AccessTokenField);
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return null;
        }

        if (Text(root, app.Options.TokenTypeField) is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return new MintResult(MintOutcome.Failed, Why: "The token endpoint gave a token that is no Bearer token.");
        }

        var life = Life(root, app.Options.ExpiresInField) is { } told && told < app.Life ? told : TokenLife.Of(value, app.Life);
        return new MintResult(MintOutcome.Minted, new ObtainedToken(new Secret(value), "", life, life, sentAt));
    }

    /// <summary>
    /// What the answer says about the token's life; null where it says nothing that can be meant, such as 0 or less than a second. What is
    /// longer than the setting is not believed either: a token that Siro ends earlier would cost a refused call.
    /// </summary>
    private static TimeSpan? Life(JsonElement root, string field)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(field, out var value))
        {
            return null;
        }

        double? seconds = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDouble(out var number) => number,
            JsonValueKind.String
                when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
        return seconds is { } told and >= 1 and < 10_000_000_000 ? TimeSpan.FromSeconds(told) : null;
    }

    /// <summary>The body's JSON, or null when it is none.</summary>
    public static JsonDocument? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return JsonDocument.ParseValue(ref reader);
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
}
