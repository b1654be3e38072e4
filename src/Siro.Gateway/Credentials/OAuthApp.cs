using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Polly;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// An organization's OAuth app as configured, with the tokens this replica has of it. Another secret, client id or
/// lifetime makes another app: its tokens are never mixed with the old one's.
/// </summary>
internal sealed class OAuthApp(OrganizationKey organization, string clientId, Secret clientSecret, TimeSpan life, ResiliencePipeline<MintResult> pipeline)
{
    private readonly ConcurrentDictionary<(UserId User, TokenScope Scope), TokenSlot> _slots = new();
    private readonly ConcurrentDictionary<string, TokenSlot> _byName = new(StringComparer.Ordinal);

    public OrganizationKey Organization { get; } = organization;

    public string ClientId { get; } = clientId;

    public Secret ClientSecret { get; } = clientSecret;

    /// <summary>How long its tokens live.</summary>
    public TimeSpan Life { get; } = life;

    /// <summary>Backoff and breaker of its mints.</summary>
    public ResiliencePipeline<MintResult> Pipeline { get; } = pipeline;

    /// <summary>Names the secret without showing it.</summary>
    public string Version { get; } = TokenKey.VersionOf(clientSecret);

    public IEnumerable<TokenSlot> Slots => _byName.Values;

    /// <summary>How many slots there are; slow, for the sweep.</summary>
    public int Count => _byName.Count;

    public bool IsOf(OAuthAppOptions options) =>
        options.ClientId == ClientId && ClientSecret.Equals(options.ClientSecret) && options.TokenLifetime == Life;

    public bool TryFind(UserId user, TokenScope scope, [NotNullWhen(true)] out TokenSlot? slot) => _slots.TryGetValue((user, scope), out slot);

    public bool TryFind(string name, [NotNullWhen(true)] out TokenSlot? slot) => _byName.TryGetValue(name, out slot);

    public TokenSlot Slot(UserId user, TokenScope scope)
    {
        if (_slots.TryGetValue((user, scope), out var slot))
        {
            return slot;
        }

        slot = _slots.GetOrAdd((user, scope), static (at, app) => new TokenSlot(app, new TokenKey(app.Organization, app.ClientId, app.Version, at.User, at.Scope)), this);
        _byName.TryAdd(slot.Key.Name, slot);
        return slot;
    }

    /// <summary>Forgets a slot; who still waits in it is served all the same.</summary>
    public void Remove(TokenSlot slot)
    {
        _slots.TryRemove(KeyValuePair.Create((slot.Key.User, slot.Key.Scope), slot));
        _byName.TryRemove(KeyValuePair.Create(slot.Key.Name, slot));
    }
}
