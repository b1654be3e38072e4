using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.SiroApi;
using EmulatedHost = Siro.Emulator.Hosting.SiroHost;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>Client credentials on the emulator's token endpoint, and every fault that it plays.</summary>
[Long]
public class ClientCredentialsTests : CredentialTest
{
    private const string Acme = "Siro:Organizations:acme";

    [Fact]
    public async Task A_client_token_is_taken_by_every_host_and_stored_encrypted_for_the_fleet()
    {
        await using var one = await StartAsync("ClientCredentials");
        await using var other = await StartAsync("ClientCredentials");
        foreach (var host in Enum.GetValues<SiroHost>())
        {
            Assert.Equal("200", await StatusAsync(one, host));
            Assert.Equal("200", await StatusAsync(other, host));
        }

        Assert.Single(Emulator.Journal.ClientMints());
        Assert.Empty(Emulator.Journal.Mints());
        var token = Emulator.State.Tokens.All.Single(t => t.Kind == TokenKind.Client);
        Assert.DoesNotContain(token.Value, await StoreTextAsync(), StringComparison.Ordinal);
        AssertNoSecret(one, other);
    }

    [Fact]
    public async Task Basic_authentication_other_fields_and_further_parameters_are_settings()
    {
        await using var replica = await StartAsync("ClientCredentials", s =>
        {
            s[Acme + ":ClientCredentials:Authentication"] = "Basic";
            s[Acme + ":ClientCredentials:Scope"] = "recordings users";
            s[Acme + ":ClientCredentials:Parameters:audience"] = "https://api.siro.ai";
        });
        Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
        var mint = Assert.Single(Emulator.Journal.ClientMints());
        Assert.Contains("scope=recordings+users", mint.BodyText, StringComparison.Ordinal);
        Assert.Contains("audience=https%3A%2F%2Fapi.siro.ai", mint.BodyText, StringComparison.Ordinal);
        Assert.DoesNotContain("client_secret", mint.BodyText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("missing")]
    [InlineData("0")]
    [InlineData("315360000")]
    [InlineData("\"3600\"")]
    public async Task However_long_a_token_is_said_to_live_calls_go_through_with_one_mint(string? expiresIn)
    {
        Emulator.Options.ClientTokenExpiresIn = expiresIn;
        await using var replica = await StartAsync("ClientCredentials");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
        }

        Assert.Single(Emulator.Journal.ClientMints());
    }

    [Fact]
    public async Task A_token_that_lives_five_seconds_is_renewed_in_time()
    {
        Emulator.Options.ClientTokenLifetime = TimeSpan.FromSeconds(5);
        await using var replica = await StartAsync("ClientCredentials");
        await Until.TrueAsync(
            async () =>
            {
                Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
                return Emulator.Journal.ClientMints().Count >= 3;
            },
            "the token has been renewed twice");
        Assert.DoesNotContain(Emulator.Journal.Read(), e => e.Status == 401);
    }

    [Theory]
    [InlineData("away")]
    [InlineData("slow")]
    [InlineData("error body")]
    [InlineData("page")]
    [InlineData("refused")]
    public async Task While_the_token_endpoint_fails_calls_go_with_the_older_kind(string fault)
    {
        Emulator.Faults.Add(fault switch
        {
            "away" => new FaultRule { Host = "auth", Drop = true },
            "slow" => new FaultRule { Host = "auth", Stall = TimeSpan.FromMinutes(1) },
            "error body" =>
                new FaultRule { Host = "auth", Status = 200, Body = """{"error":"invalid_client","error_description":"canary"}""" },
            "page" => new FaultRule { Host = "auth", Status = 200, Body = "<html>canary</html>" },
            _ => new FaultRule { Host = "auth", Status = 401, Body = """{"error":"invalid_client"}""" },
        });
        await using var replica = await StartAsync(
            "Both", timings: new CredentialTimings { ClientTokenWait = TimeSpan.FromMilliseconds(500), NoToken = TimeSpan.FromSeconds(2) });
        Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
        Assert.Equal("200", await StatusAsync(replica, SiroHost.Platform));
        Assert.Contains(" 1411 ", replica.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", replica.Log.Text, StringComparison.Ordinal);

        Emulator.Faults.Clear();
        await Until.TrueAsync(
            async () =>
            {
                Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
                return Emulator.Journal.Read().Any(e => e.Host == EmulatedHost.External && e.Status == 200 && IsClients(e.TokenId));
            },
            "calls go with a client token",
            TimeSpan.FromMinutes(1));
        AssertNoSecret(replica);
    }

    [Fact]
    public async Task Without_an_older_kind_a_failing_token_endpoint_is_named_to_the_caller()
    {
        Emulator.Faults.Add(new FaultRule { Host = "auth", Status = 200, Body = """{"error":"invalid_client"}""" });
        await using var replica = await StartAsync("ClientCredentials", s => s[Acme + ":OrganizationToken"] = null);
        Assert.Equal("siro_token_unavailable", await CodeAsync(replica, SiroHost.External));
        Assert.Contains("invalid_client", replica.Log.Text, StringComparison.Ordinal);
        Emulator.Faults.Clear();
        Assert.Equal("200", await CodeAsync(replica, SiroHost.External));
    }

    [Fact]
    public async Task A_token_endpoint_that_is_back_at_the_fifth_attempt_fails_no_call()
    {
        Emulator.Faults.Add(new FaultRule { Host = "auth", Status = 503, Times = 4 });
        await using var replica = await StartAsync("ClientCredentials", s => s[Acme + ":OrganizationToken"] = null);
        Assert.Equal("200", await CodeAsync(replica, SiroHost.External));
        Assert.Single(Emulator.Journal.ClientMints(), m => m.Status == 200);
    }

    [Fact]
    public async Task A_host_that_refuses_client_tokens_gets_the_older_kind_and_the_operator_is_told()
    {
        Emulator.Options.ClientTokenHosts = ClientTokenHosts.External;
        await using var replica = await StartAsync("Both");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
            Assert.Equal("200", await StatusAsync(replica, SiroHost.Platform));
        }

        Assert.InRange(Emulator.Journal.ClientMints().Count, 1, 2);
        Assert.Single(Emulator.Journal.Mints());
        Assert.Contains(" 1412 ", replica.Log.Text, StringComparison.Ordinal);
        Assert.Equal(2, Emulator.Journal.Read().Count(e => e.Status == 401));
    }

    [Fact]
    public async Task A_host_that_refuses_client_tokens_and_gets_no_other_is_told_once_with_what_to_do()
    {
        Emulator.Options.ClientTokenHosts = ClientTokenHosts.External;
        await using var replica = await StartAsync("ClientCredentials");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
            Assert.Equal("401", await StatusAsync(replica, SiroHost.Platform));
        }

        Assert.Equal(2, replica.Log.Text.Split(" 1414 ").Length);
        Assert.InRange(Emulator.Journal.ClientMints().Count, 1, 2);
    }

    [Fact]
    public async Task When_the_older_kind_ends_in_the_middle_of_traffic_no_call_fails()
    {
        Emulator.Options.ClientTokenHosts = ClientTokenHosts.None;
        await using var replica = await StartAsync("Both");
        Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
        Assert.Equal("200", await StatusAsync(replica, SiroHost.Platform));

        // Siro takes the new kind now, and the announced day is over.
        Emulator.Options.ClientTokenHosts = ClientTokenHosts.All;
        Emulator.Options.OrganizationTokensEndAt = DateTimeOffset.UnixEpoch;
        Emulator.Options.UserTokens = false;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => Assert.Equal("200", await StatusAsync(replica, (SiroHost)(i % 3)))));
        Assert.Contains(" 1413 ", replica.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_token_that_Siro_revokes_is_replaced_by_one_mint()
    {
        await using var one = await StartAsync("ClientCredentials");
        await using var other = await StartAsync("ClientCredentials");
        Assert.Equal("200", await StatusAsync(one, SiroHost.External));
        Assert.Equal("200", await StatusAsync(other, SiroHost.External));
        Emulator.State.Tokens.RevokeClientTokens();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(
            async i => Assert.Equal("200", await StatusAsync(i % 2 == 0 ? one : other, (SiroHost)(i % 3)))));
        Assert.Equal(2, Emulator.Journal.ClientMints().Count);
    }

    [Fact]
    public async Task As_announced_no_organization_token_is_made_after_thirty_days_and_none_is_valid_nine_months_later()
    {
        await using var replica = await StartAsync("OrganizationToken");
        Emulator.Options.ClientAppsSince = DateTimeOffset.UtcNow.AddDays(-31);
        var body = System.Net.Http.Json.JsonContent.Create(new { tokenName = "another", organizationId = Emulator.Default.Id });
        using (var refused = await replica.SendAsync(HttpMethod.Post, "v1/core/auth/tokens", null, body, SiroHost.External))
        {
            Assert.Equal(403, (int)refused.StatusCode);
        }

        Assert.Equal("200", await StatusAsync(replica, SiroHost.External));
        // The months first: they are of different lengths, and the other way round a day in thirty is not over yet.
        Emulator.Options.ClientAppsSince = DateTimeOffset.UtcNow.AddMonths(-9).AddDays(-31);
        Assert.Equal("401", await StatusAsync(replica, SiroHost.External));
    }

    private Task<Replica> StartAsync(
        string credential, Action<Dictionary<string, string?>>? settings = null, CredentialTimings? timings = null) => StartReplicaAsync(
        s =>
        {
            s[Acme + ":Credential"] = credential;
            s[Acme + ":ClientCredentials:TokenAddress"] = new Uri(Emulator.Auth, "oauth2/token").AbsoluteUri;
            s[Acme + ":ClientCredentials:ClientId"] = Emulator.Default.ClientApp.ClientId;
            s[Acme + ":ClientCredentials:ClientSecret"] = Emulator.Default.ClientApp.ClientSecret;
            settings?.Invoke(s);
        },
        timings);

    private async Task<string> StatusAsync(Replica replica, SiroHost host)
    {
        var path = host == SiroHost.Internal
            ? "v1/core/conversation-configurations?organizationId=" + Emulator.Default.Id
            : "v1/core/recordings";
        using var response = await replica.SendAsync(HttpMethod.Get, path, host: host);
        return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<string> CodeAsync(Replica replica, SiroHost host)
    {
        try
        {
            return await StatusAsync(replica, host);
        }
        catch (Common.ProblemException e)
        {
            return e.Problem.Code;
        }
    }

    private bool IsClients(string? tokenId) => tokenId is not null && Emulator.State.Tokens.ById(tokenId)?.Kind == TokenKind.Client;

    private void AssertNoSecret(params Replica[] replicas)
    {
        var secrets = Emulator.State.Tokens.All.Select(t => t.Value).Append(Emulator.Default.ClientApp.ClientSecret)
            .Append(Emulator.Default.ClientSecret);
        foreach (var secret in secrets)
        {
            Assert.All(replicas, r => Assert.DoesNotContain(secret, r.Log.Text, StringComparison.Ordinal));
        }
    }

    private async Task<string> StoreTextAsync()
    {
        using var client = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(Redis.Configuration + ",allowAdmin=true");
        var text = new System.Text.StringBuilder();
        foreach (var key in client.GetServers()[0].Keys(pattern: "*token:*"))
        {
            if (await client.GetDatabase().KeyTypeAsync(key) == StackExchange.Redis.RedisType.Hash)
            {
                text.AppendJoin('\n', await client.GetDatabase().HashGetAllAsync(key));
            }
        }

        Assert.NotEqual(0, text.Length);
        return text.ToString();
    }
}
