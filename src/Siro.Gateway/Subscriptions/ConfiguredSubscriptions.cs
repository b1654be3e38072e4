using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Brings the subscriptions of gateway.json into the stored registry, where the fan-out of any replica finds them: at the start, after
/// a reload, and when the store has forgotten them. A subscription gets what comes after it was registered, so no event is taken before.
/// While replicas run with different files, the one that was started or reloaded last has its way.
/// </summary>
internal sealed partial class ConfiguredSubscriptions(
    SubscriptionStore store, SubscriptionRegistry registry, ISettings<WebhooksOptions> settings, TimeProvider time,
    ILogger<ConfiguredSubscriptions> logger)
{
    private readonly ConcurrentDictionary<OrganizationKey, (WebhooksOptions Options, string Epoch, long Version)> _registered = new();
    private readonly ConcurrentDictionary<OrganizationKey, SemaphoreSlim> _turns = new();

    /// <summary>
    /// Registers what changed; nothing, without asking the store, where all is as it was. Answers with the epoch of the store in which all
    /// is registered: who stores something for the subscriptions has that compared in the same step. Throws
    /// <see cref="Store.StoreUnavailableException"/>.
    /// </summary>
    public async ValueTask<string> RegisterAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        if (Registered(organization, settings.Current) is { } epoch)
        {
            return epoch;
        }

        // Many events may find the same work undone: one does it, the others wait for that.
        var turn = _turns.GetOrAdd(organization, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            var options = settings.Current;
            return Registered(organization, options) ?? await RegisterAsync(organization, options, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The store is of another epoch than <paramref name="epoch"/>: what was registered is forgotten.</summary>
    public void Lost(OrganizationKey organization, string epoch)
    {
        if (_registered.TryGetValue(organization, out var registered) && registered.Epoch == epoch)
        {
            _registered.TryRemove(new KeyValuePair<OrganizationKey, (WebhooksOptions, string, long)>(organization, registered));
        }
    }

    private string? Registered(OrganizationKey organization, WebhooksOptions options) =>
        _registered.TryGetValue(organization, out var registered) && ReferenceEquals(registered.Options, options)
            && registry.Peek(organization) is { } known && known.Epoch == registered.Epoch && known.Version >= registered.Version
                ? registered.Epoch
                : null;

    private async Task<string> RegisterAsync(OrganizationKey organization, WebhooksOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            var epoch = await store.EpochAsync(organization, cancellationToken);
            await RegisterAllAsync(organization, options, cancellationToken);
            var now = await registry.ReloadAsync(organization, cancellationToken);

            // A store that is emptied in the middle of this has only a part of it.
            if (now.Epoch == epoch)
            {
                _registered[organization] = (options, epoch, now.Version);
                return epoch;
            }
        }
    }

    private async Task RegisterAllAsync(OrganizationKey organization, WebhooksOptions options, CancellationToken cancellationToken)
    {
        var snapshot = await registry.ReloadAsync(organization, cancellationToken);
        var wanted = options.Subscriptions
            .Where(s => s.Value.Organization is not { } only || new OrganizationKey(only) == organization)
            .Select(s => From(organization, s.Key, s.Value))
            .ToDictionary(s => s.Id);
        foreach (var subscription in wanted.Values)
        {
            if (snapshot.Find(subscription.Id)?.Fingerprint != subscription.Fingerprint)
            {
                await store.PutAsync(subscription, PutMode.Upsert, expected: null, with: null, cancellationToken);
                Log.Registered(logger, subscription.Partition);
            }
        }

        foreach (var gone in snapshot.Subscriptions.Values.Where(s => s.Configured && !wanted.ContainsKey(s.Id)))
        {
            await store.RemoveAsync(organization, gone.Id, expected: null, cancellationToken);
            Log.Removed(logger, gone.Partition);
        }
    }

    private Subscription From(OrganizationKey organization, string name, ConfiguredSubscription configured)
    {
        static void Ignore(FieldError _)
        {
            // Checked when the configuration was loaded.
        }

        var now = time.GetUtcNow();
        EventFilter? filter = configured.Filter is { Length: > 0 } json ? SubscriptionRules.Filter(json, "filter", Ignore) : null;
        return new Subscription
        {
            Id = new SubscriptionId(name),
            Organization = organization,
            Owner = configured.Client is { } client ? new ClientName(client) : null,
            Configured = true,
            Fingerprint = Fingerprint(configured),
            Url = configured.Pull ? null : configured.Url,
            Events = configured.Events.Count > 0 ? configured.Events : ["*"],
            FilterJson = filter is null ? null : configured.Filter,
            Filter = filter,
            Headers = configured.Headers.ToFrozenDictionary(h => h.Key, h => new Secret(h.Value), StringComparer.OrdinalIgnoreCase),
            Secret = configured.Pull ? null : configured.Secret,
            PreviousSecrets = configured.PreviousSecret is { } previous ? [new PreviousSecret(previous, Until: null)] : [],
            RatePerSecond = configured.RatePerSecond,
            Concurrency = configured.Concurrency,
            Timeout = configured.Timeout,
            Order = SubscriptionRules.Order(configured.Order, "order", Ignore),
            Enrich = SubscriptionRules.Enrich(configured.Enrich, "enrich", Ignore),
            Description = configured.Description,
            Enabled = configured.Enabled,
            DisabledReason = configured.Enabled ? null : "configuration",
            DisabledAt = configured.Enabled ? null : now,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    // A hash of at least 24 random bytes among the rest tells nothing about them.
    private static string Fingerprint(ConfiguredSubscription configured)
    {
        var all = JsonSerializer.SerializeToUtf8Bytes(new
        {
            configured,
            secret = configured.Secret is { } secret ? SigningSecret.Key(secret) : null,
            previous = configured.PreviousSecret is { } previous ? SigningSecret.Key(previous) : null,
        });
        return Convert.ToHexStringLower(SHA256.HashData(all));
    }

    private static partial class Log
    {
        [LoggerMessage(2030, LogLevel.Information, "Subscription {Subscription} of the configuration is registered")]
        public static partial void Registered(ILogger logger, string subscription);

        [LoggerMessage(2031, LogLevel.Information, "Subscription {Subscription} is no longer in the configuration and was removed")]
        public static partial void Removed(ILogger logger, string subscription);
    }
}
