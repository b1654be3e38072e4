using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Store;

/// <summary>
/// Encrypts secrets before they reach the store: AES-256-GCM with a fresh nonce. A value reads
/// <c>v1.KEYID.DATA</c>: the key id is the first 8 bytes of the key's SHA-256 in hex, the data nonce (12), cipher text and tag (16) in
/// base64url.
/// The first of <c>Store:EncryptionKeys</c> encrypts, all decrypt; to rotate, put the new key first and keep the old one
/// until nothing it encrypted is left.
/// </summary>
internal sealed class StoreCipher
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly Randomness _randomness;
    private readonly List<(string Id, byte[] Key)> _keys = [];

    public StoreCipher(ISettings<StoreOptions> options, Randomness randomness)
    {
        _randomness = randomness;
        foreach (var secret in options.Current.EncryptionKeys)
        {
            var key = Convert.FromBase64String(secret.Reveal());
            _keys.Add((Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 8)), key));
        }
    }

    /// <param name="context">
    /// What the value belongs to (kind, organization, user). It is not stored, but a value decrypts only under the same
    /// context, so one that was copied to another place is refused.
    /// </param>
    public string Encrypt(Secret secret, string context)
    {
        var (id, key) = _keys[0];
        var plain = Encoding.UTF8.GetBytes(secret.Reveal());
        var data = new byte[NonceSize + plain.Length + TagSize];
        _randomness.Fill(data.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(
            data.AsSpan(0, NonceSize), plain, data.AsSpan(NonceSize, plain.Length), data.AsSpan(NonceSize + plain.Length),
            Encoding.UTF8.GetBytes(context));
        CryptographicOperations.ZeroMemory(plain);
        return $"v1.{id}.{Base64Url.EncodeToString(data)}";
    }

    /// <summary>
    /// The secret, or null when the value was changed, belongs to another context, or its key is not configured any more.
    /// </summary>
    public Secret? Decrypt(string? value, string context)
    {
        if (value?.Split('.') is not ["v1", var id, var text] || !Base64Url.IsValid(text))
        {
            return null;
        }

        var data = Base64Url.DecodeFromChars(text);
        if (data.Length < NonceSize + TagSize || _keys.Find(k => k.Id == id).Key is not { } key)
        {
            return null;
        }

        var plain = new byte[data.Length - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(
                data.AsSpan(0, NonceSize), data.AsSpan(NonceSize, plain.Length), data.AsSpan(NonceSize + plain.Length), plain,
                Encoding.UTF8.GetBytes(context));
            return new Secret(Encoding.UTF8.GetString(plain));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Whether the value was encrypted with a key that is not the first any more: encrypt it anew when convenient.</summary>
    public bool IsOutdated(string value) => value.Split('.') is [_, var id, _] && id != _keys[0].Id;
}
