using System.Net;
using System.Security.Cryptography;
using Siro.Emulator.Hosting;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>Tokens at rest, and what happens while the store is away.</summary>
public class StoreTests : CredentialTest
{
    protected override string StoreConfiguration => Redis.Configuration;

    [Fact]
    public async Task Tokens_outlive_a_rotation_of_the_encryption_keys()
    {
        var (one, two) = (NewKey(), NewKey());
        await using (var before = await StartReplicaAsync(s => s["Store:EncryptionKeys:0"] = one))
        {
            Assert.Equal("200", await before.StatusAsync(HttpMethod.Get));
        }

        var old = await ValueAsync();
        await using (var during = await StartReplicaAsync(s => (s["Store:EncryptionKeys:0"], s["Store:EncryptionKeys:1"]) = (two, one)))
        {
            Assert.Equal("200", await during.StatusAsync(HttpMethod.Get));
        }

        Assert.NotEqual(old.Split('.')[1], (await ValueAsync()).Split('.')[1]);
        await using (var after = await StartReplicaAsync(s => s["Store:EncryptionKeys:0"] = two))
        {
            Assert.Equal("200", await after.StatusAsync(HttpMethod.Get));
        }

        Assert.Single(Emulator.Journal.Mints());
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("of another user")]
    [InlineData("of an unknown key")]
    [InlineData("not a value at all")]
    public async Task A_stored_token_that_fails_authentication_is_dropped_and_minted_again(string how)
    {
        await using (var first = await StartReplicaAsync())
        {
            Assert.Equal("200", await first.StatusAsync(HttpMethod.Get));
            Assert.Equal("200", await first.StatusAsync(HttpMethod.Get, user: Emulator.Default.Users[1].Id));
        }

        using var client = await ConnectionMultiplexer.ConnectAsync(Redis.Configuration);
        var database = client.GetDatabase();
        var keys = await TokenKeysAsync(client);
        var values = new[] { (string)(await database.HashGetAsync(keys[0], "value"))!,
            (string)(await database.HashGetAsync(keys[1], "value"))! };
        for (var i = 0; i < 2; i++)
        {
            await database.HashSetAsync(keys[i], "value", how switch
            {
                "changed" => values[i][..^8] + (values[i][^8] == 'A' ? 'B' : 'A') + values[i][^7..],
                "of another user" => values[1 - i],
                "of an unknown key" => $"v1.{new string('0', 16)}.{values[i].Split('.')[2]}",
                _ => "garbage",
            });
        }

        await using var second = await StartReplicaAsync();
        Assert.Equal("200", await second.StatusAsync(HttpMethod.Get));
        Assert.Equal("200", await second.StatusAsync(HttpMethod.Get, user: Emulator.Default.Users[1].Id));
        Assert.Equal(4, Emulator.Journal.Mints().Count);

        // Never somebody else's token.
        Assert.Equal(
            [Emulator.Default.Users[0].Id, Emulator.Default.Users[1].Id],
            Emulator.Journal.Read(host: SiroHost.Platform).Skip(2).Select(e => e.UserId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_the_store_known_users_go_on_and_new_ones_cost_one_mint_a_replica(bool hangs)
    {
        await using var one = await StartReplicaAsync();
        await using var other = await StartReplicaAsync();
        Assert.Equal("200", await one.StatusAsync(HttpMethod.Get));
        Assert.Equal("200", await other.StatusAsync(HttpMethod.Get));
        if (hangs)
        {
            Redis.Pause();
        }
        else
        {
            await Redis.KillAsync();
        }

        Assert.Equal("200", await one.StatusAsync(HttpMethod.Get));

        var newcomer = Emulator.Default.Users[1].Id;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            Assert.Equal("200", await (i % 2 == 0 ? one : other).StatusAsync(HttpMethod.Get, user: newcomer))));
        Assert.Equal(3, Emulator.Journal.Mints().Count);

        // A revoked token is replaced all the same, once a replica.
        UserTokens[0].RevokedAt = DateTimeOffset.MinValue;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => Assert.Equal("200", await one.StatusAsync(HttpMethod.Get))));
        Assert.Equal(4, Emulator.Journal.Mints().Count);
        if (hangs)
        {
            Redis.Resume();
        }
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static async Task<RedisKey[]> TokenKeysAsync(ConnectionMultiplexer client)
    {
        var keys = new List<RedisKey>();
        await foreach (var key in client.GetServers()[0].KeysAsync(pattern: "sg:{token:*}:value"))
        {
            keys.Add(key);
        }

        return [.. keys];
    }

    private async Task<string> ValueAsync()
    {
        using var client = await ConnectionMultiplexer.ConnectAsync(Redis.Configuration);
        return (await client.GetDatabase().HashGetAsync(Assert.Single(await TokenKeysAsync(client)), "value"))!;
    }
}
