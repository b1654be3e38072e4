using Microsoft.Extensions.Logging.Abstractions;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Store;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>What the fleet's tokens promise, shown on each kind of store.</summary>
public abstract class SharedTokensConformance
{
    private readonly StoreFixture _fixture;

    protected SharedTokensConformance(StoreFixture fixture)
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? "");
        _fixture = fixture;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kept_token_is_found_with_the_time_it_has_left()
    {
        var (tokens, key) = (Tokens(), NewKey());
        var nothing = await tokens.FindAsync(key, Cancel);
        Assert.Null(nothing.Token);
        Assert.Null(nothing.Blocked);
        await using (var lease = await tokens.TryLeaseMintAsync(key, Cancel))
        {
            Assert.NotNull(lease);
            Assert.Null(lease.State.Token);
            Assert.Null(await Tokens().TryLeaseMintAsync(key, Cancel));
            Assert.True(await lease.KeepAsync(Token("one", TimeSpan.FromSeconds(90)), Cancel));
        }

        var found = (await tokens.FindAsync(key, Cancel)).Token!;
        Assert.Equal(("one", "id-one", TimeSpan.FromSeconds(90)), (found.Value.Reveal(), found.AccessTokenId, found.Life));
        Assert.InRange(found.Left, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));
        await using var next = await tokens.TryLeaseMintAsync(key, Cancel);
        Assert.Equal("one", next!.State.Token!.Value.Reveal());
    }

    [Fact]
    public async Task A_token_is_gone_when_its_time_is_over()
    {
        var (tokens, key) = (Tokens(), NewKey());
        await using (var lease = await tokens.TryLeaseMintAsync(key, Cancel))
        {
            Assert.True(await lease!.KeepAsync(Token("short", TimeSpan.FromMilliseconds(300)), Cancel));
            Assert.False(await lease.KeepAsync(Token("over", TimeSpan.Zero), Cancel));
        }

        await Until.TrueAsync(async () => (await tokens.FindAsync(key, Cancel)).Token is null, "the token is gone");
    }

    [Fact]
    public async Task Of_two_refusals_in_a_while_one_drops_and_exactly_the_refused_token()
    {
        var (tokens, key) = (Tokens(), NewKey());
        Assert.Equal(RefusalVerdict.Dropped, (await KeepAsync("one")).Verdict);
        Assert.Null((await tokens.FindAsync(key, Cancel)).Token);
        Assert.Equal(RefusalVerdict.Handled, (await RefuseAsync("one")).Verdict);

        var (verdict, guard) = await KeepAsync("two");
        Assert.Equal(RefusalVerdict.Guarded, verdict);
        Assert.InRange(guard, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal("two", (await tokens.FindAsync(key, Cancel)).Token!.Value.Reveal());
        Assert.Equal(RefusalVerdict.Newer, (await RefuseAsync("one")).Verdict);

        Task<(RefusalVerdict Verdict, TimeSpan Guard)> RefuseAsync(string value) =>
            tokens.RefuseAsync(key, TokenHash.Of(new Secret(value)), Cancel);

        async Task<(RefusalVerdict Verdict, TimeSpan Guard)> KeepAsync(string value)
        {
            await using (var lease = await tokens.TryLeaseMintAsync(key, Cancel))
            {
                Assert.True(await lease!.KeepAsync(Token(value, TimeSpan.FromMinutes(5)), Cancel));
            }

            return await RefuseAsync(value);
        }
    }

    [Fact]
    public async Task A_refused_user_is_barred_until_there_is_a_token()
    {
        var (tokens, key) = (Tokens(), NewKey());
        await tokens.BarAsync(key, Cancel);
        Assert.InRange((await tokens.FindAsync(key, Cancel)).Blocked!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        await using (var lease = await tokens.TryLeaseMintAsync(key, Cancel))
        {
            Assert.NotNull(lease!.State.Blocked);
            Assert.True(await lease.KeepAsync(Token("one", TimeSpan.FromMinutes(5)), Cancel));
        }

        Assert.Null((await tokens.FindAsync(key, Cancel)).Blocked);
    }

    [Fact]
    public async Task The_fleet_hears_of_ended_turns_and_dropped_tokens()
    {
        var (tokens, key) = (Tokens(), NewKey());
        var heard = new System.Collections.Concurrent.ConcurrentQueue<(string Name, string? Dropped)>();
        using var following = Tokens().Follow((name, dropped) => heard.Enqueue((name, dropped)));
        await Until.TrueAsync(
            async () =>
            {
                await tokens.AnnounceDropAsync(key, "an-id");
                return heard.Contains((key.Name, "an-id"));
            },
            "the drop is heard of");
        await (await tokens.TryLeaseMintAsync(key, Cancel))!.DisposeAsync();
        await Until.TrueAsync(() => heard.Contains((key.Name, null)), "the turn's end is heard of");
    }

    private static ObtainedToken Token(string value, TimeSpan life) =>
        new(new Secret(value), "id-" + value, life, life, TimeProvider.System.GetTimestamp());

    private RedisSharedTokens Tokens() => new(
        _fixture.Replica.Store, _fixture.Replica.Leases, _fixture.Replica.Notices, _fixture.Replica.Cipher, TimeProvider.System,
        new CredentialTimings(), NullLogger<RedisSharedTokens>.Instance);

    private TokenKey NewKey() =>
        new(new OrganizationKey("acme"), "app", "v", new UserId(_fixture.Replica.Randomness.Id("user")), TokenScope.Read);
}

public sealed class SharedTokensOnRedis(OnRedis.Server server) : SharedTokensConformance(server), IClassFixture<OnRedis.Server>;

public sealed class SharedTokensOnGarnet(OnGarnet.Server server) : SharedTokensConformance(server), IClassFixture<OnGarnet.Server>;

public sealed class SharedTokensOnRedisCluster(OnRedisCluster.Server server)
    : SharedTokensConformance(server), IClassFixture<OnRedisCluster.Server>;
