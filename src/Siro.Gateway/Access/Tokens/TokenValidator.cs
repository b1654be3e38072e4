using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Tokens;

/// <summary>
/// Judges bearer tokens (RFC 7519, RFC 8725): asymmetric algorithms only, keys of the provider only, issuer, audience and lifetime.
/// A refusal is a <see cref="Problem"/> with the reason's code; nothing of the token goes into it.
/// </summary>
internal sealed class TokenValidator(IdentityProvider provider, ISettings<AuthenticationOptions> settings, TimeProvider time)
{
    /// <summary>Characters of a token that are read; Entra's with 200 groups have about 7,000.</summary>
    public const int MaxLength = 16 * 1024;

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly string[] IdClaims = ["azp", "appid", "client_id", "sub"];

    private readonly JsonWebTokenHandler _handler = new();
    private readonly ValidatedTokenCache _cache = new();

    /// <summary>The token, or why it is refused. A token that is known costs a hash and no allocation of its length.</summary>
    public async ValueTask<(ValidatedToken? Token, Problem? Problem)> ValidateAsync(ReadOnlyMemory<char> token, CancellationToken cancellationToken)
    {
        var options = settings.Current;
        if (string.IsNullOrWhiteSpace(options.Jwt.Authority) && string.IsNullOrWhiteSpace(options.AzureAd.TenantId))
        {
            return (null, Refusals.BearerOff);
        }

        if (token.Length > MaxLength)
        {
            return (null, Refusals.TokenTooLarge);
        }

        var key = ValidatedTokenCache.KeyOf(token.Span);
        if (_cache.Find(key) is { } known)
        {
            var keys = await provider.CurrentAsync(cancellationToken);
            if (ReferenceEquals(known.Keys.Source, options) && keys?.Fingerprint == known.Keys.Fingerprint)
            {
                return Lifetime(known, options) is { } outOfTime ? (null, outOfTime) : (known, null);
            }

            _cache.Remove(key);
        }

        var (validated, problem) = await JudgeAsync(token.ToString(), options, cancellationToken);
        if (validated is not null)
        {
            _cache.Keep(key, validated, time.GetUtcNow());
        }

        return (validated, problem);
    }

    private async ValueTask<(ValidatedToken? Token, Problem? Problem)> JudgeAsync(string token, AuthenticationOptions options, CancellationToken cancellationToken)
    {
        if (Read(token) is not { } jwt)
        {
            return (null, Refusals.InvalidToken);
        }

        var keys = await provider.CurrentAsync(cancellationToken);
        if (keys is null)
        {
            return (null, Refusals.ProviderUnavailable);
        }

        if (!string.IsNullOrEmpty(jwt.Kid) && keys.For(jwt.Kid).Length == 0)
        {
            keys = await provider.RefreshedAsync(keys, cancellationToken) ?? keys;
        }

        var candidates = keys.For(jwt.Kid);
        if (candidates.Length == 0)
        {
            return (null, Refusals.BadSignature);
        }

        var result = _handler.ValidateToken(token, new TokenValidationParameters
        {
            IssuerSigningKeyResolver = (_, _, _, _) => candidates,
            ValidateIssuerSigningKey = true,
            RequireSignedTokens = true,
            ValidIssuers = keys.Issuers,
            ValidAudiences = Audiences(options),

            // The gateway's clock is a TimeProvider: the lifetime is checked below.
            ValidateLifetime = false,
            RequireExpirationTime = true,
        });
        if (!result.IsValid)
        {
            return (null, Reason(result.Exception));
        }

        var validated = Keep(jwt, keys);
        return validated is null ? (null, Refusals.InvalidToken)
            : Lifetime(validated, options) is { } outOfTime ? (null, outOfTime)
            : (validated, null);
    }

    /// <summary>The token's parts, or null for what is not a signed JWT of an allowed algorithm. Nothing in it is believed yet.</summary>
    private JsonWebToken? Read(string token)
    {
        if (token.AsSpan().Count('.') != 2 || !_handler.CanReadToken(token))
        {
            return null;
        }

        try
        {
            var jwt = _handler.ReadJsonWebToken(token);
            return Array.IndexOf(Algorithms, jwt.Alg) >= 0 && !jwt.TryGetHeaderValue<object>("crit", out _) ? jwt : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or Newtonsoft.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Null when <c>exp</c> is missing or a claim is not of its kind.</summary>
    private static ValidatedToken? Keep(JsonWebToken jwt, ProviderKeys keys)
    {
        try
        {
            if (jwt.ValidTo == DateTime.MinValue)
            {
                return null;
            }

            var claims = jwt.Claims.ToArray();
            return new ValidatedToken(
                [.. IdClaims.SelectMany(name => claims.Where(c => c.Type == name).Select(c => c.Value)).Where(v => v.Length > 0).Distinct(StringComparer.Ordinal)],
                [.. claims.Where(c => c.Type == "roles" && Permissions.All.Contains(c.Value)).Select(c => c.Value).Distinct(StringComparer.Ordinal)],
                jwt.ValidFrom == DateTime.MinValue ? DateTimeOffset.MinValue : new DateTimeOffset(DateTime.SpecifyKind(jwt.ValidFrom, DateTimeKind.Utc)),
                new DateTimeOffset(DateTime.SpecifyKind(jwt.ValidTo, DateTimeKind.Utc)),
                keys);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return null;
        }
    }

    private Problem? Lifetime(ValidatedToken token, AuthenticationOptions options)
    {
        var now = time.GetUtcNow();
        return now - options.ClockSkew >= token.Expires ? Refusals.TokenExpired
            : token.NotBefore > now && token.NotBefore - now > options.ClockSkew ? Refusals.TokenNotYetValid
            : null;
    }

    private static IEnumerable<string> Audiences(AuthenticationOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.AzureAd.TenantId))
        {
            return [options.Jwt.Audience!];
        }

        // v2 tokens carry the application's id, v1 tokens its ID URI (Microsoft's access token reference, "aud").
        var id = options.AzureAd.ClientId;
        return new[] { id, string.IsNullOrWhiteSpace(id) ? null : "api://" + id, options.AzureAd.Audience }.OfType<string>().Where(a => a.Length > 0);
    }

    private static Problem Reason(Exception? exception) => exception switch
    {
        SecurityTokenInvalidAudienceException => Refusals.WrongAudience,
        SecurityTokenInvalidIssuerException => Refusals.WrongIssuer,
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => Refusals.BadSignature,
        _ => Refusals.InvalidToken,
    };
}
