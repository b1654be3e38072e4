using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Credentials;

public class MintedTokensTests
{
    private readonly World _world = new World().Begin();

    [Fact]
    public async Task In_steady_state_the_store_is_not_asked_and_the_same_token_answers()
    {
        var replica = _world.Replica();
        var request = Node.Request();
        await replica.TokenAsync(request);
        var calls = _world.Shared.Calls;
        var first = await replica.GetAsync(request);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Same(first, replica.AtOnce(request));
        }

        Assert.Equal(calls, _world.Shared.Calls);
        Assert.Equal(1, _world.Mint.Count);
    }

    [Fact]
    public async Task Scope_user_and_organization_are_kept_apart()
    {
        var replica = _world.Replica();
        var read = await replica.TokenAsync();
        var write = await replica.TokenAsync(Node.Request(scope: TokenScope.Write));
        var other = await replica.TokenAsync(Node.Request(user: "other"));
        Assert.Equal(3, new[] { read, write, other }.Distinct().Count());
        Assert.Equal(read, await replica.TokenAsync());
        Assert.Equal("Bearer org-token", await replica.TokenAsync(Node.Request(SiroHost.External)));
        Assert.Equal("Bearer bare-token", await replica.TokenAsync(Node.Request(SiroHost.External, organization: "bare")));
    }

    [Fact]
    public async Task An_expired_token_is_never_taken()
    {
        var replica = _world.Replica();
        var other = _world.Replica();
        var first = await replica.TokenAsync();
        _world.Clock.Advance(TimeSpan.FromHours(16) - TimeSpan.FromSeconds(61));
        Assert.Equal(first, await replica.TokenAsync());
        _world.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.NotEqual(first, await replica.TokenAsync());

        // What another replica finds in the store is measured by the store's time left, not from when it was found.
        _world.Clock.Advance(TimeSpan.FromHours(15));
        var second = await other.TokenAsync();
        _world.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(59));
        Assert.NotEqual(second, await other.TokenAsync());
    }

    [Fact]
    public async Task While_Siro_gives_none_an_old_token_is_not_sent_in_its_place()
    {
        var replica = _world.Replica();
        await replica.TokenAsync();
        _world.Mint.Answer = new MintResult(MintOutcome.Failed, Why: "down");
        _world.Clock.Advance(TimeSpan.FromHours(16));
        Assert.Equal("siro_token_unavailable", await replica.CodeAsync());
    }

    [Fact]
    public async Task Failures_are_not_cached()
    {
        var replica = _world.Replica();
        _world.Mint.Answer = new MintResult(MintOutcome.Failed, Why: "down");
        Assert.Equal("siro_token_unavailable", await replica.CodeAsync());
        _world.Mint.Answer = null;
        Assert.Equal("rep-Read-2", await replica.TokenAsync());
    }

    [Fact]
    public async Task A_refused_user_is_remembered_for_a_minute_by_all()
    {
        var (one, other) = (_world.Replica(), _world.Replica());
        _world.Mint.Answer = new MintResult(MintOutcome.UserRefused);
        Assert.Equal("user_forbidden", await one.CodeAsync());
        _world.Mint.Answer = null;
        Assert.Equal("user_forbidden", await one.CodeAsync());
        Assert.Equal("user_forbidden", await other.CodeAsync());
        _world.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("rep-Read-2", await other.TokenAsync());
        Assert.Equal("rep-Read-2", await one.TokenAsync());
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        var replica = _world.Replica();
        Assert.Equal("oauth_app_missing", await replica.CodeAsync(Node.Request(organization: "bare")));
        Assert.Equal("acting_user_missing", await replica.CodeAsync(Node.Request(user: null)));
        Assert.Equal("organization_missing", await replica.CodeAsync(Node.Request(organization: "unknown")));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await replica.GetAsync(Node.Request() with { IsMint = true }));
    }

    [Fact]
    public async Task A_call_that_leaves_takes_nobody_with_it()
    {
        var replica = _world.Replica();
        var gate = new TaskCompletionSource();
        _world.Mint.Gate = gate.Task;
        using var leaves = new CancellationTokenSource();
        var first = replica.Credentials.GetAsync(Node.Request(), leaves.Token).AsTask();
        var second = replica.TokenAsync();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.Equal("rep-Read-1", await second);
    }

    [Fact]
    public async Task Nobody_waits_forever()
    {
        var replica = _world.Replica();
        _world.Mint.Gate = new TaskCompletionSource().Task;
        var call = replica.CodeAsync();
        await _world.Clock.UntilWaitingAsync(1, TestContext.Current.CancellationToken);
        _world.Clock.Advance(_world.Timings.Wait);
        Assert.Equal("siro_token_unavailable", await call);
    }

    [Fact]
    public async Task Without_the_store_each_replica_mints_once_for_itself()
    {
        var (one, other) = (_world.Replica(), _world.Replica());
        _world.Shared.Down = true;
        var tokens = await Task.WhenAll(Enumerable.Range(0, 50).SelectMany(_ => new[] { one.TokenAsync(), other.TokenAsync() }));
        Assert.Equal(2, tokens.Distinct().Count());
        Assert.Equal(2, _world.Mint.Count);
    }

    [Fact]
    public async Task A_new_client_secret_makes_new_tokens_and_the_rest_of_a_reload_does_not()
    {
        var replica = _world.Replica();
        var first = await replica.TokenAsync();
        replica.Settings.Change("new-org-token", "app-secret", _world.Life);
        Assert.Equal(first, await replica.TokenAsync());
        Assert.Equal("Bearer new-org-token", await replica.TokenAsync(Node.Request(SiroHost.External)));
        replica.Settings.Change("new-org-token", "new-secret", _world.Life);
        Assert.NotEqual(first, await replica.TokenAsync());
    }

    [Fact]
    public async Task The_budgets_key_names_the_token_and_does_not_tell_it()
    {
        var (one, other) = (_world.Replica(), _world.Replica());
        var credential = await one.GetAsync();
        Assert.Equal(credential.BudgetKey, (await other.GetAsync()).BudgetKey);
        Assert.Matches("^[0-9a-f]{32}$", credential.BudgetKey);
        Assert.DoesNotContain(credential.Value.Reveal(), credential.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(credential.BudgetKey, (await one.GetAsync(Node.Request(SiroHost.External))).BudgetKey);
    }

    [Fact]
    public async Task Shutdown_ends_what_is_under_way_and_gives_the_turn_back()
    {
        var (one, other) = (_world.Replica(), _world.Replica());
        _world.Mint.Gate = new TaskCompletionSource().Task;
        var call = one.CodeAsync();
        await _world.Clock.UntilWaitingAsync(1, TestContext.Current.CancellationToken);
        while (_world.Mint.Count == 0)
        {
            await Task.Yield();
        }

        await one.Users.StopAsync();
        Assert.Equal("siro_token_unavailable", await call);
        _world.Mint.Gate = Task.CompletedTask;
        Assert.Equal("rep-Read-2", await other.TokenAsync());
    }

    /// <summary>Each costs a request that comes before all others: one caller's mistake must not take the budget from everybody.</summary>
    [Fact]
    public async Task A_client_that_names_one_unknown_user_after_the_other_is_told_to_wait()
    {
        var world = new World { Timings = new() { RenewJitter = 0, MostRefusedUsers = 3 } }.Begin();
        var replica = world.Replica();
        var known = Node.Request(user: "known");
        await replica.TokenAsync(known);
        world.Mint.Answer = new MintResult(MintOutcome.UserRefused);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("user_forbidden", await replica.CodeAsync(Node.Request(user: $"unknown{i}")));
        }

        var mints = world.Mint.Count;
        var e = await Assert.ThrowsAsync<ProblemException>(async () => await replica.GetAsync(Node.Request(user: "unknown3")));
        Assert.Equal((429, "too_many_refused_users", TimeSpan.FromMinutes(1)), (e.Problem.Status, e.Problem.Code, e.Problem.RetryAfter));
        Assert.Equal(mints, world.Mint.Count);

        // Who is known is served, and so is another client.
        await replica.TokenAsync(known);
        Assert.Equal("user_forbidden",
            await replica.CodeAsync(Node.Request(user: "unknown4") with { Client = new ClientName("another") }));

        world.Clock.Advance(TimeSpan.FromMinutes(1));
        world.Mint.Answer = null;
        await replica.TokenAsync(Node.Request(user: "unknown3"));
    }
}
