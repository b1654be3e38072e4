using System.IO.Compression;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.People;

/// <summary>The fleet's copy of an organization's users. What it says of freshness goes by the store's clock: keys that expire.</summary>
internal sealed class PeopleStore(RedisStore store)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>The version of the fresh users and how much longer they are fresh; null when there are none.</summary>
    public Task<(string Version, TimeSpan Left)?> FreshAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        store.QueryAsync<(string, TimeSpan)?>(
        async database =>
        {
            var found = await database.StringGetWithExpiryAsync(PeopleKeys.Fresh(organization.Value));
            return found is { Value.HasValue: true, Expiry: { } left } ? (found.Value.ToString(), left) : null;
        },
        cancellationToken);

    /// <summary>The people of that version; null when another one is there by now.</summary>
    public async Task<List<Person>?> LoadAsync(OrganizationKey organization, string version, CancellationToken cancellationToken)
    {
        var value = await store.QueryAsync(database => database.StringGetAsync(PeopleKeys.People(organization.Value)), cancellationToken);
        if (!value.HasValue)
        {
            return null;
        }

        await using var unzip = new BrotliStream(new MemoryStream((byte[])value!), CompressionMode.Decompress);
        var kept = await JsonSerializer.DeserializeAsync<Stored>(unzip, JsonSerializerOptions.Web, cancellationToken);
        return kept?.Version == version ? kept.People : null;
    }

    /// <summary>Keeps the users for the fleet. The mark of freshness comes last, so it never names users that aren't there.</summary>
    public async Task SaveAsync(
        OrganizationKey organization, string version, List<Person> people, TimeSpan fresh, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        await using (var zip = new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true))
        {
            await JsonSerializer.SerializeAsync(zip, new Stored(version, people), JsonSerializerOptions.Web, cancellationToken);
        }

        await store.QueryAsync(
            async database =>
            {
                await database.StringSetAsync(PeopleKeys.People(organization.Value), RedisValue.CreateFrom(body), Kept);
                return await database.StringSetAsync(PeopleKeys.Fresh(organization.Value), version, fresh);
            },
            cancellationToken);
    }

    /// <summary>True for the one replica that may read again because of a miss.</summary>
    public Task<bool> MayReadAfterMissAsync(OrganizationKey organization, TimeSpan interval, CancellationToken cancellationToken) =>
        store.QueryAsync(
            database => database.StringSetAsync(PeopleKeys.Missed(organization.Value), "1", interval, When.NotExists), cancellationToken);

    private sealed record Stored(string Version, List<Person> People);
}
