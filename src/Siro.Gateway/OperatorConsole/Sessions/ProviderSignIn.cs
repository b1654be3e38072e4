using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary>
/// Sign-in at the company's identity provider: authorization code with PKCE (RFC 7636), state and nonce. What was begun is kept in the
/// store for ten minutes, encrypted, so that any replica can end it, and is bound to the browser by a cookie. The person's id token names
/// the client: by its <c>sub</c> or <c>oid</c>, else the client that lists the console's own id; its <c>roles</c> narrow that client's
/// permissions.
/// </summary>
internal sealed partial class ProviderSignIn(
    ISettings<AuthenticationOptions> settings, IdentityProvider provider, ClientDirectory clients, SessionStore sessions, SignInLimit limit,
    RedisStore store, StoreCipher cipher, Randomness randomness, TimeProvider time, ILogger<ProviderSignIn> logger) : IDisposable
{
    private const string Cookie = "__Host-siro-sign-in";
    private const int MaxAnswer = 256 * 1024;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http =
        new(HttpSockets.Create(static handler => handler.ConnectTimeout = TimeSpan.FromSeconds(5)))
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = MaxAnswer,
    };

    /// <summary>What the button says; null where people sign in by key alone.</summary>
    public string? Name =>
        settings.Current is { Console.IsOn: true } options && (options.AzureAd.IsOn || options.Jwt.IsOn) ? options.Console.Name : null;

    public void Dispose() => _http.Dispose();

    /// <summary><c>GET /console/sign-in/begin?return=#/...</c>: sends the browser to the provider.</summary>
    public async Task BeginAsync(HttpContext context)
    {
        if (Name is null
            || await provider.CurrentAsync(context.RequestAborted) is not { Metadata.AuthorizationEndpoint: { Length: > 0 } endpoint })
        {
            Refuse(context, "provider_unavailable", "");
            return;
        }

        var back = context.Request.Query["return"].ToString();
        try
        {
            if (await limit.CountAsync(Address(context), "provider|" + Address(context), context.RequestAborted) is not null)
            {
                Refuse(context, "too_many_attempts", "");
                return;
            }

            var begun = new Begun(Random(), Random(), back.StartsWith("#/", StringComparison.Ordinal) && back.Length <= 2000
                && !back.Any(char.IsControl) ? back : "");
            var state = Random();
            await store.QueryAsync(database => database.StringSetAsync(Key(state), Seal(begun, state), Kept), context.RequestAborted);
            context.Response.Cookies.Append(Cookie, state, Options(Kept));
            Redirect(context, QueryHelpers.AddQueryString(endpoint, new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["response_type"] = "code",
                ["client_id"] = settings.Current.Console.ClientId,
                ["redirect_uri"] = RedirectUri(context),
                ["scope"] = "openid profile email",
                ["state"] = state,
                ["nonce"] = begun.Nonce,
                ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(begun.Verifier))),
                ["code_challenge_method"] = "S256",
            }));
        }
        catch (StoreUnavailableException)
        {
            Refuse(context, "store_unavailable", "");
        }
    }

    /// <summary><c>GET /console/sign-in/callback?code=&amp;state=</c>: where the provider sends the browser back to.</summary>
    public async Task EndAsync(HttpContext context)
    {
        var state = context.Request.Query["state"].ToString();
        var code = context.Request.Query["code"].ToString();
        var begunHere = context.Request.Cookies[Cookie] is { } cookie
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(state));
        context.Response.Cookies.Delete(Cookie, Options(Kept));
        try
        {
            // Taken out at once: a code is tried once.
            var begun = begunHere && state.Length is > 0 and <= 100
                ? Open(await store.QueryAsync(database => database.StringGetDeleteAsync(Key(state)), context.RequestAborted), state)
                : null;
            if (begun is null || code.Length is 0 or > 8192
                || await IdTokenAsync(context, code, begun, context.RequestAborted) is not { } token)
            {
                Refuse(context, "sign_in_failed", begun?.Return ?? "");
                return;
            }

            if (Owner(token) is not { } owner)
            {
                Refuse(context, "unknown_client", begun.Return);
                return;
            }

            var person = token.TryGetPayloadValue<string>("preferred_username", out var name) || token.TryGetPayloadValue("email", out name)
                || token.TryGetPayloadValue("name", out name) ? name : token.Subject;
            var roles = token.Claims.Where(c => c.Type == "roles" && Permissions.All.Contains(c.Value)).Select(c => c.Value).ToArray();
            var session = new Session(owner.Client.Name.Value, [owner.Id], roles, person?.Length > 200 ? person[..200] : person,
                time.GetUtcNow(), IdOf(token));
            AuditedPerson.Set(context, session.Who);
            SessionEndpoints.SetCookie(context, await sessions.BeginAsync(session, context.RequestAborted));
            Log.SignedIn(logger, session.Client);
            Redirect(context, "../../console" + begun.Return);
        }
        catch (StoreUnavailableException)
        {
            Refuse(context, "store_unavailable", "");
        }
    }

    private (Client Client, string Id)? Owner(JsonWebToken token)
    {
        foreach (var id in new[] { token.Subject, token.TryGetPayloadValue<string>("oid", out var oid) ? oid : null,
            settings.Current.Console.ClientId })
        {
            if (!string.IsNullOrEmpty(id) && clients.ById([id]) is { } client)
            {
                return (client, id);
            }
        }

        return null;
    }

    /// <summary>The person's id: at Entra <c>oid</c> is the same in every application, <c>sub</c> is not.</summary>
    private static string IdOf(JsonWebToken token) =>
        new([.. (token.TryGetPayloadValue<string>("oid", out var oid) && oid.Length > 0 ? oid : token.Subject)
            .Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private async Task<JsonWebToken?> IdTokenAsync(HttpContext context, string code, Begun begun, CancellationToken cancellationToken)
    {
        var console = settings.Current.Console;
        if (await provider.CurrentAsync(cancellationToken) is not { Metadata.TokenEndpoint: { Length: > 0 } endpoint } keys)
        {
            return null;
        }

        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = console.ClientId!,
            ["code"] = code,
            ["redirect_uri"] = RedirectUri(context),
            ["code_verifier"] = begun.Verifier,
        };
        if (console.ClientSecret is { IsEmpty: false } secret)
        {
            form["client_secret"] = secret.Reveal();
        }

        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var answer = await _http.PostAsync(endpoint, content, cancellationToken);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            if (!answer.IsSuccessStatusCode || !json.RootElement.TryGetProperty("id_token", out var token))
            {
                Log.Refused(logger,
                    json.RootElement.TryGetProperty("error", out var error) ? error.ToString() : $"status {(int)answer.StatusCode}");
                return null;
            }

            return await ValidateAsync(token.GetString()!, begun.Nonce, keys);
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.Refused(logger, e.GetType().Name);
            return null;
        }
    }

    private async Task<JsonWebToken?> ValidateAsync(string token, string nonce, ProviderKeys keys)
    {
        var options = settings.Current;
        var skew = options.ClockSkew;
        var now = time.GetUtcNow().UtcDateTime;
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuers = keys.Issuers,
            ValidAudience = options.Console.ClientId,
            IssuerSigningKeys = keys.All,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidAlgorithms = RememberingTokenHandler.Algorithms,
            LifetimeValidator = (from, until, _, _) =>
                until is { } end && now < end + skew && (from is not { } start || now > start - skew),
        });
        if (result is { IsValid: true, SecurityToken: JsonWebToken valid } && valid.TryGetPayloadValue<string>("nonce", out var said)
            && said == nonce)
        {
            return valid;
        }

        Log.Refused(logger, result.Exception?.GetType().Name ?? "nonce");
        return null;
    }

    private string RedirectUri(HttpContext context)
    {
        var request = context.Request;
        var at = settings.Current.Console.PublicAddress is { Length: > 0 } address
            ? address.TrimEnd('/')
            : $"{request.Scheme}://{request.Host}{request.PathBase}";
        return at + "/console/sign-in/callback";
    }

    private string Seal(Begun begun, string state) =>
        cipher.Encrypt(new Secret(JsonSerializer.Serialize(begun, JsonSerializerOptions.Web)), "console-sign-in|" + state);

    private Begun? Open(string? kept, string state) =>
        cipher.Decrypt(kept, "console-sign-in|" + state) is { } value
            ? JsonSerializer.Deserialize<Begun>(value.Reveal(), JsonSerializerOptions.Web)
            : null;

    private string Random()
    {
        Span<byte> bytes = stackalloc byte[32];
        randomness.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    private static string Key(string state) => ConsoleKeys.SignIn(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state))));

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static void Refuse(HttpContext context, string why, string back) => Redirect(context, $"../../console?refused={why}{back}");

    private static void Redirect(HttpContext context, string to)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.Location = to;
        context.Response.StatusCode = StatusCodes.Status302Found;
    }

    // Lax, because the provider's page leads here; it is worth nothing without the code.
    private static CookieOptions Options(TimeSpan age) =>
        new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true, MaxAge = age };

    /// <summary>A sign-in that was begun.</summary>
    private sealed record Begun(string Verifier, string Nonce, string Return);

    private static partial class Log
    {
        [LoggerMessage(2811, LogLevel.Information, "Somebody signed in to the console as client {Client}")]
        public static partial void SignedIn(ILogger logger, string client);

        [LoggerMessage(2812, LogLevel.Warning, "A sign-in at the identity provider failed: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
