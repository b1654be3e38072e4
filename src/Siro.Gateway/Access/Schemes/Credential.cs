using Microsoft.Extensions.Primitives;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Schemes;

/// <summary>Reads which one credential a request carries: a bearer token or an API key, never both, never twice.</summary>
internal static class Credential
{
    public const string ApiKeyHeader = "X-Api-Key";

    /// <summary>
    /// The cookie of a session: bound to this host, its whole path and secure connections, so that no other application of the domain can
    /// set it.
    /// </summary>
    public const string SessionCookie = "__Host-siro-console";

    private const string BearerPrefix = "Bearer ";

    /// <summary>The scheme that judges the request's credential; or the one that refuses it, with the reason.</summary>
    public static (string Scheme, Problem? Refusal) Read(IHeaderDictionary headers, AuthenticationOptions options) =>
        Read(headers.Authorization, headers[ApiKeyHeader], options);

    /// <inheritdoc cref="Read(IHeaderDictionary, AuthenticationOptions)" />
    public static (string Scheme, Problem? Refusal) Read(StringValues authorization, StringValues key, AuthenticationOptions options) =>
        (authorization.Count, key.Count) switch
        {
            (0, 1) => (CallerSchemes.ApiKey, null),
            (1, 0) when !authorization.ToString().StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) =>
                (CallerSchemes.Refused, Refusals.NotBearer),
            (1, 0) when options.AzureAd.IsOn => (CallerSchemes.AzureAd, null),
            (1, 0) when options.Jwt.IsOn => (CallerSchemes.Jwt, null),
            (1, 0) => (CallerSchemes.Refused, Refusals.BearerOff),
            (0, 0) => (CallerSchemes.Refused, Refusals.Unauthenticated),
            (1, 1) => (CallerSchemes.Refused, Refusals.BothCredentials),
            _ => (CallerSchemes.Refused, Refusals.DuplicateAuthorization),
        };

    /// <summary>
    /// True where the request brings a session and no credential of its own. A session opens the gateway's own paths, never those that pass
    /// to Siro.
    /// </summary>
    public static bool IsSession(HttpContext context) =>
        context.Request.Headers is { Authorization.Count: 0, Cookie.Count: > 0 } headers
        && !headers.ContainsKey(ApiKeyHeader)
        && context.Request.Cookies.ContainsKey(SessionCookie)
        && EndpointAccess.Of(context) is not EndpointAccess.PerOperation;

    /// <summary>The token of an <c>Authorization</c> header that is a bearer's.</summary>
    public static ReadOnlySpan<char> BearerToken(string authorization) => authorization.AsSpan(BearerPrefix.Length).Trim(' ');
}
