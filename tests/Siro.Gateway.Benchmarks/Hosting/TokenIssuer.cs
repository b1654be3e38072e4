using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>An identity provider of the run's own: its key signs here, the upstream's process publishes it.</summary>
internal sealed class TokenIssuer : IDisposable
{
    /// <summary>The environment variable by which the upstream gets the key set.</summary>
    public const string KeySetVariable = "SIRO_BENCH_JWKS";

    public const string ClientId = "bench-client";

    public const string Audience = "api://siro-gateway";

    private readonly RSA _key = RSA.Create(2048);

    public string KeySet
    {
        get
        {
            var key = _key.ExportParameters(false);
            return JsonSerializer.Serialize(new
            {
                keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = "bench", n = Base64Url.EncodeToString(key.Modulus),
                    e = Base64Url.EncodeToString(key.Exponent) } },
            });
        }
    }

    /// <summary>A token of <paramref name="authority"/>, good for an hour.</summary>
    public string Token(Uri authority)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var text = Part(new { alg = "RS256", typ = "JWT", kid = "bench" }) + "." + Part(new
        {
            iss = Issuer(authority),
            aud = Audience,
            azp = ClientId,
            sub = ClientId,
            iat = now,
            nbf = now,
            exp = now + 3600,
        });
        var signature = _key.SignData(System.Text.Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose() => _key.Dispose();

    public static string Issuer(Uri authority) => authority.GetLeftPart(UriPartial.Authority);

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
