using System.Net;
using Siro.Emulator;
using Siro.Emulator.Hosting;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>What calls get for tokens, against the emulator and a real Redis.</summary>
public class UserTokenTests : CredentialTest
{
    [Fact]
    public async Task A_user_token_is_minted_once_and_used_from_then_on()
    {
        await using var replica = await StartReplicaAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
        }

        var mint = Assert.Single(Emulator.Journal.Mints());
        Assert.Equal("Bearer " + Emulator.Default.Token, mint.Header("Authorization"));
        Assert.Null(mint.Header("x-siro-auth-token"));
        var token = Assert.Single(UserTokens);
        Assert.All(Emulator.Journal.Read(host: SiroHost.Platform), e => Assert.Equal(token.Value, e.Header("x-siro-auth-token")));
        Assert.All(Emulator.Journal.Read(host: SiroHost.Platform), e => Assert.Null(e.Header("Authorization")));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    public async Task Both_published_statuses_of_a_mint_are_taken(int status)
    {
        Emulator.Options.MintStatus = status;
        await using var replica = await StartReplicaAsync();
        Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
    }

    [Fact]
    public async Task Read_and_write_tokens_are_never_mixed()
    {
        await using var replica = await StartReplicaAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            Assert.Equal(i % 2 == 0 ? "200" : "404",
                await replica.StatusAsync(
                i % 2 == 0 ? HttpMethod.Get : HttpMethod.Delete, i % 2 == 0 ? "v1/core/recordings" : "v1/core/recordings/none"))));
        Assert.Equal(2, Emulator.Journal.Mints().Count);
        Assert.All(Emulator.Journal.Read(host: SiroHost.Platform), e => Assert.NotEqual(403, e.Status));
    }

    [Fact]
    public async Task Another_replica_takes_the_token_from_the_store()
    {
        await using var first = await StartReplicaAsync();
        Assert.Equal("200", await first.StatusAsync(HttpMethod.Get));
        await using var second = await StartReplicaAsync();
        Assert.Equal("200", await second.StatusAsync(HttpMethod.Get));
        Assert.Single(Emulator.Journal.Mints());
    }

    [Fact]
    public async Task Another_client_secret_means_another_token()
    {
        await using var replica = await StartReplicaAsync();
        Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
        Emulator.Default.App.ClientSecret = "sirosecret_rotated";
        replica.Change("Siro:Organizations:acme:OAuth:ClientSecret", "sirosecret_rotated");
        Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
        Assert.Equal(2, Emulator.Journal.Mints().Count);
    }
}
