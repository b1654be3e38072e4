using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Access;

public sealed class ApiKeyTests
{
    [Fact]
    public void A_key_says_what_it_is_and_has_256_bits()
    {
        var key = ApiKey.Create(new Randomness()).Reveal();

        Assert.Matches("^sgw_[A-Za-z0-9_-]{43}$", key);
        Assert.NotEqual(key, ApiKey.Create(new Randomness()).Reveal());
    }

    [Fact]
    public void Its_hash_is_sha256_of_its_characters() =>
        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ApiKey.Hash(new Secret("abc")));

    [Theory]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true)]
    [InlineData("SHA256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", true)]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("sha256:ba7816", false)]
    [InlineData("sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("sgw_key", false)]
    [InlineData("", false)]
    public void A_hash_has_one_form(string text, bool valid) => Assert.Equal(valid, ApiKey.ParseHash(text) is not null);
}
