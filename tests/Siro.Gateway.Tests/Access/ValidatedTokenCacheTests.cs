using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Access.Tokens;

namespace Siro.Gateway.Tests.Access;

/// <summary>What is remembered of tokens stays within bounds, whatever callers send.</summary>
public sealed class ValidatedTokenCacheTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ProviderKeys Keys =
        new("rules", ["https://id.example"],
            new OpenIdConnectConfiguration { Issuer = "https://id.example", JsonWebKeySet = new JsonWebKeySet() }, TimeSpan.Zero);

    private readonly ValidatedTokenCache _cache = new();

    [Fact]
    public void A_token_is_found_by_its_own_text_alone()
    {
        _cache.Keep(ValidatedTokenCache.KeyOf("a.b.c"), Token(60), Now);

        Assert.NotNull(_cache.Find(ValidatedTokenCache.KeyOf("a.b.c")));
        Assert.Null(_cache.Find(ValidatedTokenCache.KeyOf("a.b.d")));
        Assert.Null(_cache.Find(ValidatedTokenCache.KeyOf("a.b.c ")));
    }

    [Fact]
    public void When_it_is_full_the_tokens_that_end_soonest_go()
    {
        for (var i = 0; i < ValidatedTokenCache.Capacity; i++)
        {
            _cache.Keep(Key(i), Token(minutes: 1 + i), Now);
        }

        _cache.Keep(Key(-1), Token(minutes: 60), Now);

        Assert.NotNull(_cache.Find(Key(-1)));
        Assert.Null(_cache.Find(Key(0)));
        Assert.Null(_cache.Find(Key((ValidatedTokenCache.Capacity / 2) - 1)));
        Assert.NotNull(_cache.Find(Key(ValidatedTokenCache.Capacity / 2)));
    }

    [Fact]
    public void When_it_is_full_of_ended_ones_those_that_still_count_stay()
    {
        for (var i = 0; i < ValidatedTokenCache.Capacity; i++)
        {
            _cache.Keep(Key(i), Token(minutes: i % 100 == 0 ? 60 : 1), Now);
        }

        _cache.Keep(Key(-1), Token(minutes: 60), Now.AddMinutes(30));

        Assert.NotNull(_cache.Find(Key(0)));
        Assert.NotNull(_cache.Find(Key(100)));
        Assert.Null(_cache.Find(Key(1)));
    }

    [Fact]
    public void A_token_with_ids_out_of_measure_is_not_kept()
    {
        _cache.Keep(Key(1), Token(60, new string('s', ValidatedTokenCache.MaxIdLength)), Now);
        _cache.Keep(Key(2), Token(60, new string('s', ValidatedTokenCache.MaxIdLength), "x"), Now);

        Assert.NotNull(_cache.Find(Key(1)));
        Assert.Null(_cache.Find(Key(2)));
    }

    private static ValidatedTokenCache.Key Key(int number) => new((ulong)(long)number, 0, 0, 0);

    private static ValidatedToken Token(int minutes, params string[] ids) => new(ids, [], Now, Now.AddMinutes(minutes), Keys);
}
