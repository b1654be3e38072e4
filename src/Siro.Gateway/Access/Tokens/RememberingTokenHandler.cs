using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Tokens;

/// <summary>
/// Judges bearer tokens (RFC 7519, RFC 8725) by IdentityModel's <see cref="JsonWebTokenHandler"/> under the provider's keys, and remembers
/// those that passed until they end, so that a signature is verified once and not with every call.
/// A refusal is a <see cref="RefusedCredentialException"/> with the reason's code; nothing of the token goes into it.
/// </summary>
internal sealed class RememberingTokenHandler(IdentityProvider provider, ISettings<AuthenticationOptions> settings, TimeProvider time)
    : TokenHandler
{
    /// <summary>Characters of a token that are read; Entra's with 200 groups have about 7,000.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Asymmetric ones only: a public key can't be mistaken for a secret, and nobody signs with none.</summary>
    public static readonly IReadOnlyList<string> Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>
    /// What an access token may call itself (RFC 7519, 5.1; RFC 9068, 2.1); a token made for something else says so (RFC 8725, 3.11).
    /// </summary>
    private static readonly string[] Types = ["JWT", "at+jwt", "application/at+jwt"];

    private static readonly string[] IdClaims = ["azp", "appid", "client_id", "sub"];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly ValidatedTokenCache _cache = new();

    /// <summary>
    /// What is known of a token that was judged before, under settings and keys that are still in force; else null. Waits for nothing.
    /// </summary>
    public ValidatedToken? Remembered(ReadOnlySpan<char> token)
    {
        if (token.Length > MaxLength)
        {
            return null;
        }

        var key = ValidatedTokenCache.KeyOf(token);
        if (_cache.Find(key) is not { } known)
        {
            return null;
        }

        var options = settings.Current;
        if (provider.Known is { } keys && keys.Rules == known.Keys.Rules && keys.Fingerprint == known.Keys.Fingerprint)
        {
            return Lifetime(known, options) is null ? known : null;
        }

        _cache.Remove(key);
        return null;
    }

    public override SecurityToken ReadToken(string token) => _handler.ReadToken(token);

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > MaxLength)
        {
            return Refused(Refusals.TokenTooLarge);
        }

        if (Read(token) is not { } jwt)
        {
            return Refused(Refusals.InvalidToken);
        }

        if (jwt.TryGetPayloadValue<object>("cnf", out _))
        {
            // RFC 7800: its sender must prove a key, which nobody asks for here; taken as a bearer token, it would serve a thief.
            return Refused(Refusals.BoundToken);
        }

        var keys = await provider.CurrentAsync(CancellationToken.None);
        if (keys is not null && !string.IsNullOrEmpty(jwt.Kid) && keys.For(jwt.Kid).Length == 0)
        {
            keys = await provider.RefreshedAsync(keys, CancellationToken.None) ?? keys;
        }

        if (keys is null)
        {
            return Refused(Refusals.ProviderUnavailable);
        }

        if (keys.For(jwt.Kid).Length == 0)
        {
            return Refused(Refusals.BadSignature);
        }

        var parameters = validationParameters.Clone();
        parameters.ConfigurationManager = keys.Configuration;
        parameters.ValidIssuers = keys.Issuers;
        var result = await _handler.ValidateTokenAsync(jwt, parameters);
        if (!result.IsValid)
        {
            return Refused(Reason(result.Exception));
        }

        if (Keep(jwt, keys) is not { } validated)
        {
            return Refused(Refusals.InvalidToken);
        }

        if (Lifetime(validated, settings.Current) is { } outOfTime)
        {
            return Refused(outOfTime);
        }

        _cache.Keep(ValidatedTokenCache.KeyOf(token), validated, time.GetUtcNow());
        return new TokenValidationResult { IsValid = true, SecurityToken = jwt,
            ClaimsIdentity = new TokenIdentity(validated, CallerSchemes.Jwt) };
    }

    private static TokenValidationResult Refused(Problem problem) =>
        new() { IsValid = false, Exception = new RefusedCredentialException(problem) };

    /// <summary>
    /// The token's parts, or null for what is not a signed JWT of an allowed algorithm and kind. Nothing in it is believed yet.
    /// </summary>
    private JsonWebToken? Read(string token)
    {
        if (token.AsSpan().Count('.') != 2 || !_handler.CanReadToken(token))
        {
            return null;
        }

        try
        {
            var jwt = _handler.ReadJsonWebToken(token);
            return Algorithms.Contains(jwt.Alg, StringComparer.Ordinal)
                && (string.IsNullOrEmpty(jwt.Typ) || Types.Contains(jwt.Typ, StringComparer.OrdinalIgnoreCase))
                && !jwt.TryGetHeaderValue<object>("crit", out _) ? jwt : null;
        }
        catch (Exception e)
            when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or JsonException
            or SecurityTokenException)
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
                [.. IdClaims.SelectMany(name => claims.Where(c => c.Type == name).Select(c => c.Value)).Where(v => v.Length > 0)
                    .Distinct(StringComparer.Ordinal)],
                [.. claims.Where(c => c.Type == "roles" && Permissions.All.Contains(c.Value)).Select(c => c.Value)
                    .Distinct(StringComparer.Ordinal)],
                jwt.ValidFrom == DateTime.MinValue
                    ? DateTimeOffset.MinValue
                    : new DateTimeOffset(DateTime.SpecifyKind(jwt.ValidFrom, DateTimeKind.Utc)),
                new DateTimeOffset(DateTime.SpecifyKind(jwt.ValidTo, DateTimeKind.Utc)),
                keys);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or JsonException)
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

    private static Problem Reason(Exception? exception) => exception switch
    {
        SecurityTokenInvalidAudienceException => Refusals.WrongAudience,
        SecurityTokenInvalidIssuerException => Refusals.WrongIssuer,
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => Refusals.BadSignature,
        _ => Refusals.InvalidToken,
    };
}
