using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>
/// The answers to callers who are not who they should be (401, each with its reason's code: RFC 6750, 3) or may not do what they ask (403).
/// </summary>
internal static class Refusals
{
    public static readonly Problem Unauthenticated = Of(
        "unauthenticated", "Send 'Authorization: Bearer <token>' or 'X-Api-Key: <key>'.", error: null);
    public static readonly Problem BearerOff = Of(
        "unauthenticated", "This gateway takes no bearer tokens; send 'X-Api-Key: <key>'.", error: null);
    public static readonly Problem NotBearer = Of(
        "unauthenticated", "The Authorization header must be 'Bearer <token>'.", "invalid_request");
    public static readonly Problem BothCredentials = Of(
        "both_credentials", "Send a bearer token or an X-Api-Key, not both.", "invalid_request");
    public static readonly Problem DuplicateAuthorization = Of(
        "duplicate_authorization", "The credential was sent more than once.", "invalid_request");
    public static readonly Problem UnknownApiKey = Of("unknown_api_key", "No client has this API key.", "invalid_token");
    public static readonly Problem UnknownClient = Of(
        "unknown_client", "The token is valid, but no client of this gateway has its azp, appid, client_id or sub.", "invalid_token");
    public static readonly Problem TokenTooLarge = Of("token_too_large", "The token is larger than this gateway reads.", "invalid_token");
    public static readonly Problem InvalidToken = Of(
        "invalid_token", "The token is not a signed JWT of a kind that this gateway takes.", "invalid_token");
    public static readonly Problem BoundToken = Of("invalid_token",
        "The token is bound to a key or certificate (cnf), which this gateway can't verify. Send a bearer token.", "invalid_token");
    public static readonly Problem BadSignature = Of(
        "bad_signature", "The token's signature is not one of the identity provider's.", "invalid_token");
    public static readonly Problem TokenExpired = Of("token_expired", "The token has expired.", "invalid_token");
    public static readonly Problem TokenNotYetValid = Of("token_not_yet_valid", "The token is not valid yet.", "invalid_token");
    public static readonly Problem WrongAudience = Of("wrong_audience", "The token was issued for another audience.", "invalid_token");
    public static readonly Problem WrongIssuer = Of("wrong_issuer", "The token was issued by another issuer.", "invalid_token");

    /// <summary>Nothing could be read from the provider since the start: no token can be judged.</summary>
    public static readonly Problem ProviderUnavailable =
        new(503, "identity_provider_unavailable",
            "The identity provider's signing keys can't be read now.") { RetryAfter = TimeSpan.FromSeconds(5) };

    /// <summary>An endpoint that declares no rule; the host does not start with one.</summary>
    public static readonly Problem NoRule = new(403, "forbidden", "This path has no access rule, so nobody may use it.");

    /// <summary>403 <c>permission_missing</c>, which names the word that is missing.</summary>
    public static Problem PermissionMissing(string permission) =>
        new(403, "permission_missing", $"This client needs the permission '{permission}'.")
    {
        Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["permission"] = permission },
    };

    private static Problem Of(string code, string detail, string? error) => new(401, code, detail)
    {
        Challenge = error is null
            ? "Bearer realm=\"siro-gateway\""
            : $"Bearer realm=\"siro-gateway\", error=\"{error}\", error_description=\"{detail.Replace('"', '\'')}\"",
    };
}
