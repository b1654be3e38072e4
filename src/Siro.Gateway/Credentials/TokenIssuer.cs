using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Polly;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Something of an organization's, as configured, that tokens are minted by, with the tokens this replica has of it. Other settings make
/// another issuer: its tokens are never mixed with the old one's.
/// </summary>
internal abstract class TokenIssuer(
    OrganizationKey organization, string clientId, Secret clientSecret, TimeSpan life, ResiliencePipeline<MintResult> pipeline)
{
    private readonly ConcurrentDictionary<string, TokenSlot> _byName = new(StringComparer.Ordinal);

    public OrganizationKey Organization { get; } = organization;

    public string ClientId { get; } = clientId;

    public Secret ClientSecret { get; } = clientSecret;

    /// <summary>How long its tokens live where nothing says less.</summary>
    public TimeSpan Life { get; } = life;

    /// <summary>Backoff and breaker of its mints.</summary>
    public ResiliencePipeline<MintResult> Pipeline { get; } = pipeline;

    /// <summary>What its tokens are called in a sentence.</summary>
    public abstract string Noun { get; }

    /// <summary>What its tokens are called in metrics: <c>user</c>, <c>client</c>.</summary>
    public abstract string Kind { get; }

    public IEnumerable<TokenSlot> Slots => _byName.Values;

    /// <summary>How many slots there are; slow, for the sweep.</summary>
    public int Count => _byName.Count;

    public bool TryFind(string name, [NotNullWhen(true)] out TokenSlot? slot) => _byName.TryGetValue(name, out slot);

    /// <summary>A token as requests take it.</summary>
    public abstract CredentialPair Credentials(Secret token, string id);

    /// <summary>Forgets a slot; who still waits in it is served all the same.</summary>
    public virtual void Remove(TokenSlot slot) => _byName.TryRemove(KeyValuePair.Create(slot.Key.Name, slot));

    protected void Add(TokenSlot slot) => _byName.TryAdd(slot.Key.Name, slot);
}
