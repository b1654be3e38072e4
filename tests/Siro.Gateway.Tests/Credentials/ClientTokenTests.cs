using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Credentials;

/// <summary>The third kind of credential, and what happens where a host does not take it.</summary>
public class ClientTokenTests
{
    private readonly World _world = new World().Begin();

    [Fact]
    public async Task One_client_token_serves_every_host_each_in_its_own_header()
    {
        var replica = Replica(CredentialChoice.ClientCredentials);
        var external = await replica.GetAsync(Node.Request(SiroHost.External));
        var platform = await replica.GetAsync(Node.Request(SiroHost.Platform));
        Assert.Equal(("Authorization", "Bearer client-1"), (external.Header, external.Value.Reveal()));
        Assert.Equal((SiroCredential.UserTokenHeader, "client-1"), (platform.Header, platform.Value.Reveal()));
        Assert.Equal("client-1", await replica.TokenAsync(Node.Request(SiroHost.Internal, TokenScope.Write, user: null)));
        Assert.Equal(1, _world.Mint.Count);
    }

    [Fact]
    public async Task Switching_a_fleet_to_and_fro_by_configuration_mints_one_client_token()
    {
        Node[] replicas = [_world.Replica(), _world.Replica()];
        foreach (var choice in new[] { CredentialChoice.ClientCredentials, CredentialChoice.OrganizationToken, CredentialChoice.Both,
            CredentialChoice.ClientCredentials })
        {
            foreach (var replica in replicas)
            {
                replica.Settings.Choose(choice);
            }

            var tokens = await Task.WhenAll(
                Enumerable.Range(0, 100).Select(i => replicas[i % 2].TokenAsync(Node.Request(SiroHost.External))));
            Assert.All(tokens, t => Assert.Equal(choice == CredentialChoice.OrganizationToken ? "Bearer org-token" : "Bearer client-1", t));
        }

        Assert.Equal(1, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task A_call_that_is_under_way_during_the_switch_is_sent_again_with_the_kind_in_force()
    {
        var replica = Replica(CredentialChoice.ClientCredentials);
        var client = await replica.GetAsync(Node.Request(SiroHost.External));
        replica.Settings.Choose(CredentialChoice.OrganizationToken);
        Assert.True(await replica.RefusedAsync(client, Node.Request(SiroHost.External)));
        var older = await replica.GetAsync(Node.Request(SiroHost.External));
        Assert.Equal("Bearer org-token", older.Value.Reveal());
        replica.Settings.Choose(CredentialChoice.ClientCredentials);
        Assert.True(await replica.RefusedAsync(older, Node.Request(SiroHost.External)));
        Assert.Equal(1, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task A_revoked_client_token_is_renewed_once_and_no_host_is_said_to_refuse_the_kind()
    {
        var replica = Replica(CredentialChoice.Both);
        await replica.TokenAsync(Node.Request(SiroHost.External));
        Assert.Equal(["Bearer client-1", "Bearer client-2"], await replica.SendAsync(SiroHost.External, t => t != "Bearer client-1"));
        Assert.Equal("client-2", await replica.TokenAsync());
        Assert.Equal(2, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task A_host_that_refuses_a_fresh_client_token_gets_the_older_kind_for_a_while_and_the_others_do_not()
    {
        var replica = Replica(CredentialChoice.Both);
        var sent = await replica.SendAsync(SiroHost.Platform, t => t.StartsWith("rep-", StringComparison.Ordinal));
        Assert.Equal(["client-1", "client-2", "rep-Read-3"], sent);
        Assert.Equal(["rep-Read-3"], await replica.SendAsync(SiroHost.Platform, t => t.StartsWith("rep-", StringComparison.Ordinal)));
        Assert.Equal(["Bearer client-2"], await replica.SendAsync(SiroHost.External, _ => true));
        Assert.Equal(2, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task A_host_that_still_refuses_the_kind_when_it_is_tried_again_costs_no_mint()
    {
        var replica = Replica(CredentialChoice.Both);
        await replica.SendAsync(SiroHost.Platform, t => t.StartsWith("rep-", StringComparison.Ordinal));
        for (var round = 0; round < 3; round++)
        {
            _world.Clock.Advance(_world.Timings.HostRefusal + TimeSpan.FromSeconds(1));
            Assert.Equal(["client-2", "rep-Read-3"],
                await replica.SendAsync(SiroHost.Platform, t => t.StartsWith("rep-", StringComparison.Ordinal)));
        }

        _world.Clock.Advance(_world.Timings.HostRefusal + TimeSpan.FromSeconds(1));
        Assert.Equal(["client-2"], await replica.SendAsync(SiroHost.Platform, _ => true));
        Assert.Equal(2, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task When_the_older_kind_ends_the_newer_is_tried_at_once_although_the_host_refused_it_before()
    {
        var replica = Replica(CredentialChoice.Both);
        await replica.SendAsync(SiroHost.External, t => t == "Bearer org-token");
        var sent = await replica.SendAsync(SiroHost.External, t => t.StartsWith("Bearer client", StringComparison.Ordinal));
        Assert.Equal(["Bearer org-token", "Bearer client-2"], sent);
        Assert.Equal(["Bearer client-2"], await replica.SendAsync(SiroHost.External, _ => true));
    }

    [Fact]
    public async Task Without_any_valid_kind_a_call_ends_after_a_few_attempts()
    {
        var replica = Replica(CredentialChoice.Both);
        Assert.InRange((await replica.SendAsync(SiroHost.External, _ => false)).Count, 2, 4);
        Assert.InRange((await replica.SendAsync(SiroHost.External, _ => false)).Count, 2, 4);
        Assert.InRange(_world.Mint.ClientCount, 1, 2);
    }

    [Fact]
    public async Task Without_a_client_token_calls_go_with_the_older_kind_and_do_not_wait_again()
    {
        var replica = Replica(CredentialChoice.Both);
        _world.Mint.ClientAnswer = new MintResult(MintOutcome.Failed, Why: "away");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("Bearer org-token", await replica.TokenAsync(Node.Request(SiroHost.External)));
        }

        Assert.Equal(1, _world.Mint.ClientCount);
        _world.Mint.ClientAnswer = null;
        _world.Clock.Advance(_world.Timings.NoToken + TimeSpan.FromSeconds(1));
        Assert.StartsWith("Bearer client-", await replica.TokenAsync(Node.Request(SiroHost.External)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_token_endpoint_is_slow_calls_go_with_the_older_kind_and_the_mint_goes_on()
    {
        var replica = Replica(CredentialChoice.Both);
        var gate = new TaskCompletionSource();
        _world.Mint.Gate = gate.Task;
        var call = replica.TokenAsync(Node.Request(SiroHost.External));
        while (!call.IsCompleted)
        {
            await Task.Yield();
            _world.Clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal("Bearer org-token", await call);
        gate.SetResult();
        _world.Clock.Advance(_world.Timings.NoToken);
        Assert.Equal("Bearer client-1", await replica.TokenAsync(Node.Request(SiroHost.External)));
        Assert.Equal(1, _world.Mint.ClientCount);
    }

    [Fact]
    public async Task Without_an_older_kind_the_failure_is_said_and_not_remembered()
    {
        var replica = Replica(CredentialChoice.ClientCredentials);
        _world.Mint.ClientAnswer = new MintResult(MintOutcome.Failed, Why: "away");
        Assert.Equal("siro_token_unavailable", await replica.CodeAsync(Node.Request(SiroHost.External)));
        _world.Mint.ClientAnswer = null;
        Assert.StartsWith("Bearer client-", await replica.TokenAsync(Node.Request(SiroHost.External)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_client_secret_is_another_app_with_a_token_of_its_own()
    {
        var replica = Replica(CredentialChoice.ClientCredentials);
        var before = await replica.TokenAsync();
        replica.Settings.Choose(CredentialChoice.ClientCredentials, "another");
        Assert.NotEqual(before, await replica.TokenAsync());
        Assert.Equal(2, _world.Mint.ClientCount);
    }

    private Node Replica(CredentialChoice choice)
    {
        var replica = _world.Replica();
        replica.Settings.Choose(choice);
        return replica;
    }
}
