using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Siro.Emulator.Faults;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.SiroApi;
using StackExchange.Redis;
using EmulatedHost = Siro.Emulator.Hosting.SiroHost;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>Several replicas, one Redis: what the fleet does together.</summary>
public class FleetTests : CredentialTest
{
    private static readonly CredentialTimings Quick = new() { Guard = TimeSpan.FromSeconds(2), RenewAt = 0.3, RenewJitter = 0.01,
        RenewUsed = 1 };

    [Fact]
    public async Task Cold_calls_of_three_replicas_cause_one_mint()
    {
        await using var fleet = await Fleet.StartAsync(3, () => StartReplicaAsync());
        await Task.WhenAll(Enumerable.Range(0, 300).Select(async i => Assert.Equal("200", await fleet[i].StatusAsync(HttpMethod.Get))));
        Assert.Single(Emulator.Journal.Mints());
    }

    [Fact]
    public async Task Who_waits_is_woken_by_a_notice_and_not_by_looking_again()
    {
        // The pause before another look is longer than any caller waits.
        var timings = new CredentialTimings { Poll = TimeSpan.FromMinutes(10) };
        Emulator.Faults.Add(new FaultRule { Path = "/v1/core/oauth/**", Stall = TimeSpan.FromMilliseconds(500) });
        await using var fleet = await Fleet.StartAsync(3, () => StartReplicaAsync(timings: timings));
        await Task.WhenAll(Enumerable.Range(0, 9).Select(async i => Assert.Equal("200", await fleet[i].StatusAsync(HttpMethod.Get))));
        Assert.Single(Emulator.Journal.Mints());
    }

    [Fact]
    public async Task A_storm_after_one_revocation_causes_one_mint()
    {
        await using var fleet = await Fleet.StartAsync(3, () => StartReplicaAsync());
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => Assert.Equal("200", await fleet[i].StatusAsync(HttpMethod.Get))));
        UserTokens[0].RevokedAt = DateTimeOffset.MinValue;
        var calls = 10_000 * Scale;
        await Parallel.ForAsync(0, calls, new ParallelOptions { MaxDegreeOfParallelism = 200, CancellationToken = Cancel }, async (i, _) =>
            Assert.Equal("200", await fleet[i].StatusAsync(HttpMethod.Get)));
        Assert.Equal(2, Emulator.Journal.Mints().Count);
    }

    [Fact]
    public async Task An_operation_that_always_answers_401_causes_one_mint_in_the_guards_time()
    {
        Emulator.Faults.Answer(401, "platform", "/v1/core/always");
        await using var fleet = await Fleet.StartAsync(3, () => StartReplicaAsync(timings: Quick));
        Assert.Equal("200", await fleet[0].StatusAsync(HttpMethod.Get));
        await Task.WhenAll(
            Enumerable.Range(0, 60).Select(async i => Assert.Equal("401", await fleet[i].StatusAsync(HttpMethod.Get, "v1/core/always"))));
        Assert.Equal(2, Emulator.Journal.Mints().Count);

        await Task.Delay(Quick.Guard + TimeSpan.FromMilliseconds(200), TimeProvider.System, Cancel);
        await Task.WhenAll(
            Enumerable.Range(0, 60).Select(async i => Assert.Equal("401", await fleet[i].StatusAsync(HttpMethod.Get, "v1/core/always"))));
        Assert.Equal(3, Emulator.Journal.Mints().Count);
        Assert.Equal("200", await fleet[0].StatusAsync(HttpMethod.Get));
    }

    [Fact]
    public async Task A_dropped_token_is_dropped_in_every_replica()
    {
        await using var fleet = await Fleet.StartAsync(2, () => StartReplicaAsync());
        Assert.Equal("200", await fleet[0].StatusAsync(HttpMethod.Get));
        Assert.Equal("200", await fleet[1].StatusAsync(HttpMethod.Get));
        var old = UserTokens[0];
        old.RevokedAt = DateTimeOffset.MinValue;
        Assert.Equal("200", await fleet[0].StatusAsync(HttpMethod.Get));
        await Until.TrueAsync(
            async () => (await fleet[1].CredentialAsync()).Value.Reveal() != old.Value, "the other replica has dropped the token");
        Assert.Equal(2, Emulator.Journal.Mints().Count);
    }

    [Fact]
    public async Task A_token_is_renewed_by_one_replica_while_the_old_one_serves()
    {
        await using var fleet = await Fleet.StartAsync(
            3, () => StartReplicaAsync(s => s["Siro:Organizations:acme:OAuth:TokenLifetime"] = "00:00:12", Quick));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => Assert.Equal("200", await fleet[i].StatusAsync(HttpMethod.Get))));
        var old = UserTokens[0].Value;
        await Until.TrueAsync(
            async () =>
            {
                var now = await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => (await fleet[i].CredentialAsync()).Value.Reveal()));
                return now.All(t => t != old);
            },
            "every replica has the renewed token");
        Assert.Equal(2, Emulator.Journal.Mints().Count);
    }

    [Fact]
    public async Task A_refused_user_is_asked_for_once_by_the_whole_fleet()
    {
        await using var fleet = await Fleet.StartAsync(3, () => StartReplicaAsync());
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal("user_forbidden", await fleet[i].StatusAsync(HttpMethod.Get, user: "nobody"));
        }

        Assert.Single(Emulator.Journal.Mints());
        Assert.DoesNotContain(Emulator.Journal.Read(), e => e.Host == EmulatedHost.Platform);
    }

    [Fact]
    public async Task A_late_minter_cannot_store_its_token()
    {
        await using var one = await StartReplicaAsync();
        await using var other = await StartReplicaAsync();
        var key = new TokenKey(new OrganizationKey("acme"), "app", "1", new UserId("u"), TokenScope.Read);
        var late = (await one.Services.GetRequiredService<ISharedTokens>().TryLeaseMintAsync(key, Cancel))!;
        Assert.Null(await other.Services.GetRequiredService<ISharedTokens>().TryLeaseMintAsync(key, Cancel));

        // The store lets the lease run out, as it does when its holder is paused.
        using var client = await ConnectionMultiplexer.ConnectAsync(Redis.Configuration);
        await client.GetDatabase().HashSetAsync($"sg:{{lease:token:{key.Name}}}:held", "until", "0");
        await using var next = (await other.Services.GetRequiredService<ISharedTokens>().TryLeaseMintAsync(key, Cancel))!;
        Assert.False(await late.KeepAsync(Token("late"), Cancel));
        Assert.True(await next.KeepAsync(Token("next"), Cancel));
        Assert.False(await late.KeepAsync(Token("late"), Cancel));
        await late.DisposeAsync();
        Assert.Equal("next", (await one.Services.GetRequiredService<ISharedTokens>().FindAsync(key, Cancel)).Token!.Value.Reveal());
        Assert.Null(await one.Services.GetRequiredService<ISharedTokens>().TryLeaseMintAsync(key, Cancel));
    }

    private static int Scale => int.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), out var scale) ? scale : 1;

    private static ObtainedToken Token(string value) =>
        new(new Secret(value), value, TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeProvider.System.GetTimestamp());

    private sealed class Fleet(Replica[] replicas) : IAsyncDisposable
    {
        /// <summary>The replicas in turn.</summary>
        public Replica this[int i] => replicas[i % replicas.Length];

        public static async Task<Fleet> StartAsync(int count, Func<Task<Replica>> start)
        {
            var replicas = new Replica[count];
            for (var i = 0; i < count; i++)
            {
                replicas[i] = await start();
            }

            return new Fleet(replicas);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }
}
