using System.Collections.Frozen;
using System.Security.Cryptography;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access;

/// <summary>Finds the client behind a credential, in the configuration as it is now.</summary>
internal sealed class ClientDirectory(ISettings<ClientsOptions> settings)
{
    private volatile Snapshot? _snapshot;

    /// <summary>
    /// The client of a key, or null. Every known hash is compared, in constant time, so that the time taken tells nothing.
    /// </summary>
    public Client? ByApiKey(string key)
    {
        Span<byte> presented = stackalloc byte[SHA256.HashSizeInBytes];
        if (!ApiKey.Digest(key, presented))
        {
            return null;
        }

        Client? found = null;
        foreach (var (hash, client) in Current.Keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, presented))
            {
                found = client;
            }
        }

        return found;
    }

    /// <summary>The client that has one of these ids, the first id going first; or null.</summary>
    public Client? ById(IReadOnlyList<string> ids)
    {
        var byId = Current.ById;
        for (var i = 0; i < ids.Count; i++)
        {
            if (byId.TryGetValue(ids[i], out var client))
            {
                return client;
            }
        }

        return null;
    }

    /// <summary>The client of that name, or null: for sessions, which outlive a configuration.</summary>
    public Client? ByName(string name) => Current.ByName.GetValueOrDefault(name);

    private Snapshot Current
    {
        get
        {
            var options = settings.Current;
            var snapshot = _snapshot;
            if (snapshot is null || !ReferenceEquals(snapshot.Source, options))
            {
                _snapshot = snapshot = new Snapshot(options);
            }

            return snapshot;
        }
    }

    private sealed class Snapshot
    {
        public Snapshot(ClientsOptions source)
        {
            Source = source;
            var clients = source.Select(c => new Client(c.Key, c.Value)).ToArray();
            Keys = [.. clients.SelectMany(c => c.Options.ApiKeyHashes.Select(h => (ApiKey.ParseHash(h)!, c)))];
            ByName = clients.ToFrozenDictionary(c => c.Name.Value, StringComparer.OrdinalIgnoreCase);
            ById = clients.SelectMany(c => c.Options.ClientIds.Distinct(StringComparer.Ordinal).Select(id => (id, c)))
                .ToFrozenDictionary(p => p.id, p => p.c, StringComparer.Ordinal);
        }

        public ClientsOptions Source { get; }

        public (byte[] Hash, Client Client)[] Keys { get; }

        public FrozenDictionary<string, Client> ByName { get; }

        public FrozenDictionary<string, Client> ById { get; }
    }
}
