using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// An OpenID Connect provider on the loopback: metadata, keys that can be rotated, and tokens of every kind, right and forged.
/// </summary>
public sealed class GatewayIdentityProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<SigningKey> _published = [];
    private readonly Lock _gate = new();
    private int _metadataReads;

    private GatewayIdentityProvider(WebApplication app) => _app = app;

    /// <summary>Where it listens, without a slash at the end; its issuer too.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>What the metadata names as issuer; the authority unless set.</summary>
    public string? Issuer { get; set; }

    /// <summary>False: every request is answered by 503.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>The roles of the person who signs in.</summary>
    public string[] PersonRoles { get; set; } = ["events:read"];

    /// <summary>How often its keys were read.</summary>
    public int KeyReads => Volatile.Read(ref _metadataReads);

    /// <summary>The key that signs; published.</summary>
    public SigningKey Key
    {
        get
        {
            lock (_gate)
            {
                return _published[^1];
            }
        }
    }

    public static async Task<GatewayIdentityProvider> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var provider = new GatewayIdentityProvider(app);
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        provider.Authority = app.Urls.First().TrimEnd('/');
        provider.Rotate();
        return provider;
    }

    /// <summary>A new key signs from now on; the one before stays published unless told otherwise.</summary>
    public SigningKey Rotate(bool keepOld = true)
    {
        var key = SigningKey.Rsa();
        lock (_gate)
        {
            if (!keepOld)
            {
                _published.Clear();
            }

            _published.Add(key);
        }

        return key;
    }

    /// <summary>Publishes a further key that does not sign by default.</summary>
    public void Publish(SigningKey key)
    {
        lock (_gate)
        {
            _published.Insert(0, key);
        }
    }

    /// <summary>
    /// A good token of an hour; <paramref name="change"/> bends claims, <paramref name="header"/> the header. Null removes.
    /// </summary>
    public string Token(string client, string audience = "siro-gateway", string[]? roles = null, SigningKey? key = null,
        Action<Dictionary<string, object?>>? change = null, Action<Dictionary<string, object?>>? header = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = Issuer ?? Authority,
            ["aud"] = audience,
            ["azp"] = client,
            ["sub"] = client + "-subject",
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 3600,
        };
        if (roles is not null)
        {
            claims["roles"] = roles;
        }

        change?.Invoke(claims);
        return Sign(claims, key ?? Key, header);
    }

    /// <summary>Signs what it is given.</summary>
    public static string Sign(Dictionary<string, object?> claims, SigningKey key, Action<Dictionary<string, object?>>? header = null)
    {
        var head = new Dictionary<string, object?>(StringComparer.Ordinal) { ["alg"] = key.Algorithm, ["typ"] = "JWT", ["kid"] = key.Id };
        header?.Invoke(head);
        var content = Encode(Bare(head)) + "." + Encode(Bare(claims));
        return content + "." + Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(content)));

        static Dictionary<string, object?> Bare(Dictionary<string, object?> values) =>
            values.Where(v => v.Value is not null).ToDictionary(StringComparer.Ordinal);
    }

    public static string Encode(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (!Answers)
        {
            context.Response.StatusCode = 503;
            return;
        }

        switch (context.Request.Path.Value)
        {
            case "/keys":
                Interlocked.Increment(ref _metadataReads);
                object[] keys;
                lock (_gate)
                {
                    keys = [.. _published.Select(k => k.Public())];
                }

                await context.Response.WriteAsJsonAsync(new { keys });
                break;
            case { } path when path.EndsWith("/.well-known/openid-configuration", StringComparison.Ordinal):
                await context.Response.WriteAsJsonAsync(new { issuer = Issuer ?? Authority, jwks_uri = Authority + "/keys",
                    token_endpoint = Authority + "/token", authorization_endpoint = Authority + "/authorize" });
                break;
            case "/authorize":
                // The person has signed in and agreed at once; the code carries what the token is to say.
                var query = context.Request.Query;
                var code = Base64Url.EncodeToString(
                    Encoding.UTF8.GetBytes($"{query["client_id"]} {query["nonce"]} {query["code_challenge"]}"));
                context.Response.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
                break;
            case "/token" when context.Request.HasFormContentType:
                await TokenAsync(context);
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private async Task TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var said = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(form["code"].ToString())).Split(' ');
        if (Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != said[2])
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
            return;
        }

        await context.Response.WriteAsJsonAsync(new
        {
            token_type = "Bearer",
            id_token = Token(said[0], audience: said[0], roles: PersonRoles, change: claims =>
            {
                claims["sub"] = "person-1";
                claims["nonce"] = said[1];
                claims["preferred_username"] = "ann@example.com";
            }),
        });
    }

    /// <summary>A key of the provider's, or of somebody who pretends to be it.</summary>
    public sealed class SigningKey
    {
        private readonly RSA? _rsa;
        private readonly ECDsa? _ec;
        private readonly byte[]? _shared;

        private SigningKey(string id, string algorithm, RSA? rsa, ECDsa? ec, byte[]? shared)
        {
            Id = id;
            Algorithm = algorithm;
            _rsa = rsa;
            _ec = ec;
            _shared = shared;
        }

        public string Id { get; }

        public string Algorithm { get; }

        public static SigningKey Rsa(string? id = null, string algorithm = "RS256") =>
            new(id ?? NewId(), algorithm, RSA.Create(2048), null, null);

        public static SigningKey Ec() => new(NewId(), "ES256", null, ECDsa.Create(ECCurve.NamedCurves.nistP256), null);

        /// <summary>The old confusion: an HMAC with the public key's own bytes as the secret.</summary>
        public static SigningKey HmacOf(SigningKey key) =>
            new(key.Id, "HS256", null, null, Encoding.ASCII.GetBytes(key._rsa!.ExportSubjectPublicKeyInfoPem()));

        public byte[] Sign(byte[] content) => Algorithm switch
        {
            "HS256" => HMACSHA256.HashData(_shared!, content),
            "ES256" => _ec!.SignData(content, HashAlgorithmName.SHA256),
            "PS256" => _rsa!.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => _rsa!.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };

        public object Public()
        {
            if (_ec is not null)
            {
                var point = _ec.ExportParameters(includePrivateParameters: false).Q;
                return new { kty = "EC", use = "sig", kid = Id, crv = "P-256", x = Base64Url.EncodeToString(point.X),
                    y = Base64Url.EncodeToString(point.Y) };
            }

            var rsa = _rsa!.ExportParameters(includePrivateParameters: false);
            return new { kty = "RSA", use = "sig", kid = Id, n = Base64Url.EncodeToString(rsa.Modulus),
                e = Base64Url.EncodeToString(rsa.Exponent) };
        }

        private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    }
}
