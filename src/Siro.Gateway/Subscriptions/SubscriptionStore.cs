using System.Collections.Frozen;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;
using StackExchange.Redis;

namespace Siro.Gateway.Subscriptions;

/// <summary>All subscriptions of an organization as they were at one version of its registry.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Epoch">Names the store's state: another one means that the store has lost everything in between. Empty where it has no name
/// yet.</param>
internal sealed record RegistrySnapshot(
    long Version, string Epoch, FrozenDictionary<SubscriptionId, Subscription> Subscriptions, FrozenSet<SubscriptionId> Failing)
{
    /// <summary>Since when each of the failing ones fails.</summary>
    public FrozenDictionary<SubscriptionId, DateTimeOffset> FailingSince { get; init;
        } = FrozenDictionary<SubscriptionId, DateTimeOffset>.Empty;

    /// <summary>The subscription, or null.</summary>
    public Subscription? Find(SubscriptionId id) => Subscriptions.GetValueOrDefault(id);
}

/// <summary>What became of a change.</summary>
internal enum PutStatus
{
    NotFound = 0,
    Written = 1,
    OtherRevision = 2,
    Exists = 3,
    TooMany = 4,
}

/// <summary>Where a subscription is stored relative to what is there.</summary>
internal enum PutMode
{
    Create,
    Replace,
    Upsert,
}

/// <summary>
/// The stored registry. Every member throws <see cref="StoreUnavailableException"/>; what it answers is as durable as configured.
/// </summary>
internal sealed class SubscriptionStore(
    OrganizationStore store, SubscriptionCodec codec, IPubSub pubSub, Randomness randomness, ISettings<WebhooksOptions> settings)
{
    public async Task<RegistrySnapshot> LoadAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(SubscriptionScripts.Registry, organization, [], cancellationToken);
        var revisions = Pairs(answer[2]);
        var since = Pairs(answer[3]);
        var subscriptions = Pairs(answer[1])
            .Select(p => (Id: new SubscriptionId(p.Key), Json: p.Value))
            .Select(p => codec.Read(organization, p.Id, p.Json, Parse(revisions, p.Id), Parse(since, p.Id)))
            .OfType<Subscription>()
            .ToFrozenDictionary(s => s.Id);
        var failing = Pairs(answer[5]).ToFrozenDictionary(
            p => new SubscriptionId(p.Key), p => DateTimeOffset.FromUnixTimeMilliseconds(long.TryParse(p.Value, out var ms) ? ms : 0));
        return new RegistrySnapshot(
            (long)answer[0], (string)answer[6]!, subscriptions, failing.Keys.ToFrozenSet()) { FailingSince = failing };
    }

    /// <summary>The name of the store's state; it is given one where it has none.</summary>
    public async Task<string> EpochAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        (string)(await store.CommitAsync(SubscriptionScripts.Epoch, organization, [randomness.Id("epoch")], cancellationToken))!;

    /// <summary>
    /// Writes a subscription, and in the same step an event about it. <paramref name="expected"/> is the revision that must be there, null
    /// for any.
    /// Answers with the new revision, or the one in the way.
    /// </summary>
    public async Task<(PutStatus Status, Subscription Subscription)> PutAsync(
        Subscription subscription, PutMode mode, long? expected, AttachedEvent? with, CancellationToken cancellationToken)
    {
        var mostSubscriptions = subscription.Configured ? int.MaxValue : settings.Current.MaxSubscriptions;
        RedisValue[] arguments =
        [
            subscription.Id.Value, mode.ToString().ToLowerInvariant(), expected is { } e
                ? e
                : "", codec.Write(subscription), randomness.Id("op"),
            with?.RememberMs ?? 0, with?.Id ?? "", with?.Type ?? "", with?.Body ?? RedisValue.EmptyString, mostSubscriptions,
        ];
        var answer = await store.CommitAsync(SubscriptionScripts.Put, subscription.Organization, arguments, cancellationToken);
        var status = (PutStatus)(int)answer[0];
        if (status == PutStatus.Written)
        {
            await pubSub.PublishAsync(SubscriptionKeys.Channel, subscription.Organization.Value);
        }

        return (status, subscription with { Revision = (long)answer[1], Since = (long)answer[2] });
    }

    /// <summary>Removes it; <see cref="PutStatus.Written"/> means removed.</summary>
    public async Task<PutStatus> RemoveAsync(
        OrganizationKey organization, SubscriptionId id, long? expected, CancellationToken cancellationToken)
    {
        var answer = await store.CommitAsync(
            SubscriptionScripts.Remove, organization, [id.Value, expected is { } e ? e : ""], cancellationToken);
        await pubSub.PublishAsync(SubscriptionKeys.Channel, organization.Value);
        return (PutStatus)(int)answer;
    }

    /// <summary>Notes a failed or successful attempt; answers for how long nothing has succeeded.</summary>
    public async Task<TimeSpan> NoteAsync(
        OrganizationKey organization, SubscriptionId id, bool failed, CancellationToken cancellationToken) =>
        TimeSpan.FromMilliseconds(
            (long)await store.RunAsync(SubscriptionScripts.Failing, organization, [id.Value, failed ? 1 : 0], cancellationToken));

    private static long Parse(Dictionary<string, string> values, SubscriptionId id) =>
        values.TryGetValue(id.Value, out var text) && long.TryParse(text, out var number) ? number : 0;

    private static Dictionary<string, string> Pairs(RedisResult flat)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < flat.Length; i += 2)
        {
            pairs[(string)flat[i]!] = (string)flat[i + 1]!;
        }

        return pairs;
    }
}
