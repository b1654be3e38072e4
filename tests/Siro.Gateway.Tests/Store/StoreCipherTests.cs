using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Store;

public sealed class StoreCipherTests
{
    private static readonly Secret Token = new("token-of-a-user");

    [Fact]
    public void A_value_decrypts_under_its_own_context_only()
    {
        var cipher = Cipher(1);
        var value = cipher.Encrypt(Token, "user-token:acme:u1");
        Assert.DoesNotContain("token", value, StringComparison.Ordinal);
        Assert.Equal(Token, cipher.Decrypt(value, "user-token:acme:u1"));
        Assert.Null(cipher.Decrypt(value, "user-token:acme:u2"));
    }

    [Fact]
    public void The_same_secret_never_looks_the_same_twice()
    {
        var cipher = Cipher(1);
        Assert.NotEqual(cipher.Encrypt(Token, "c"), cipher.Encrypt(Token, "c"));
    }

    [Fact]
    public void The_first_key_encrypts_and_all_decrypt()
    {
        var old = Cipher(1).Encrypt(Token, "c");
        var rotated = Cipher(2, 1);
        Assert.Equal(Token, rotated.Decrypt(old, "c"));
        Assert.True(rotated.IsOutdated(old));
        var fresh = rotated.Encrypt(Token, "c");
        Assert.False(rotated.IsOutdated(fresh));
        Assert.Null(Cipher(1).Decrypt(fresh, "c"));
    }

    [Fact]
    public void Any_changed_character_is_refused()
    {
        var cipher = Cipher(1);
        var value = cipher.Encrypt(Token, "c");
        for (var i = 0; i < value.Length - 1; i++)
        {
            var changed = value.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.Null(cipher.Decrypt(new string(changed), "c"));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("plain text")]
    [InlineData("v1.0011223344556677.AAAA")]
    [InlineData("v1..")]
    [InlineData("v2.a.b")]
    public void What_is_no_value_of_ours_is_refused(string? value) => Assert.Null(Cipher(1).Decrypt(value, "c"));

    private static StoreCipher Cipher(params byte[] keys) => new(
        new FixedSettings<StoreOptions>(new StoreOptions { EncryptionKeys =
            [.. keys.Select(k => new Secret(Convert.ToBase64String(Enumerable.Repeat(k, 32).ToArray())))] }),
        new Randomness());
}
