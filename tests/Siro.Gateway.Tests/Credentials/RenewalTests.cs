using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Credentials;

public class RenewalTests
{
    private readonly World _world = new World().Begin();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_in_use_is_renewed_at_80_percent_by_one_replica()
    {
        Node[] replicas = [_world.Replica(), _world.Replica(), _world.Replica()];
        var first = (await Task.WhenAll(replicas.Select(r => r.TokenAsync()))).Distinct().Single();
        _world.Clock.Advance(TimeSpan.FromHours(12.7));
        await Task.WhenAll(replicas.Select(r => r.TokenAsync()));
        await Task.WhenAll(replicas.Select(r => r.Renewal.SweepAsync(Cancel)));
        Assert.Equal(1, _world.Mint.Count);

        _world.Clock.Advance(TimeSpan.FromHours(0.11));
        await Task.WhenAll(replicas.Select(r => r.Renewal.SweepAsync(Cancel)));
        Assert.Equal(2, _world.Mint.Count);
        Assert.Equal(ClientName.Gateway, _world.Mint.LastFor.Client);
        Assert.Equal(Priority.Background, _world.Mint.LastFor.Priority);

        // Those who found another at it take its token at their next round.
        await Task.WhenAll(replicas.Select(r => r.Renewal.SweepAsync(Cancel)));
        Assert.Equal(2, _world.Mint.Count);
        Assert.All(await Task.WhenAll(replicas.Select(r => r.TokenAsync())), token => Assert.NotEqual(first, token));
    }

    [Fact]
    public async Task A_token_that_nobody_uses_is_not_renewed_and_forgotten_in_the_end()
    {
        var replica = _world.Replica();
        await replica.TokenAsync();
        _world.Clock.Advance(TimeSpan.FromHours(15));
        await replica.Renewal.SweepAsync(Cancel);
        Assert.Equal(1, _world.Mint.Count);
        Assert.Equal(1, replica.Organizations.Issuers.Single().Count);
        _world.Clock.Advance(TimeSpan.FromHours(1));
        await replica.Renewal.SweepAsync(Cancel);
        Assert.Equal(0, replica.Organizations.Issuers.Single().Count);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_with_growing_pauses_while_the_old_token_serves()
    {
        var replica = _world.Replica();
        var first = await replica.TokenAsync();
        _world.Clock.Advance(TimeSpan.FromHours(13));
        await replica.TokenAsync();
        _world.Mint.Answer = new MintResult(MintOutcome.Failed, Why: "down");
        for (var i = 0; i < 60 * 10; i++)
        {
            await replica.Renewal.SweepAsync(Cancel);
            _world.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(_world.Mint.Count, 4, 8);
        Assert.Equal(first, await replica.TokenAsync());
        _world.Mint.Answer = null;
        _world.Clock.Advance(TimeSpan.FromMinutes(30));
        await replica.Renewal.SweepAsync(Cancel);
        Assert.NotEqual(first, await replica.TokenAsync());
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_renewed_and_the_token_serves_to_its_end()
    {
        var replica = _world.Replica();
        var first = await replica.TokenAsync();
        _world.Clock.Advance(TimeSpan.FromHours(13));
        await replica.TokenAsync();
        _world.Shared.Down = true;
        await replica.Renewal.SweepAsync(Cancel);
        Assert.Equal(first, await replica.TokenAsync());
        Assert.Equal(1, _world.Mint.Count);
        _world.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal("rep-Read-2", await replica.TokenAsync());
    }
}
