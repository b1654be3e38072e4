using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Subscriptions live longer than any encryption key: what an older one of <c>Store:EncryptionKeys</c> encrypted is encrypted anew with the
/// first, so that the older one can be taken out.
/// </summary>
internal sealed partial class SecretReEncryption(SubscriptionStore store, StoreClock clock, ILogger<SecretReEncryption> logger)
{
    // Not at each load: while keys are rolled out, replicas differ in which one is the first, and would undo each other's work for ever.
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<OrganizationKey, State> _states = new();

    /// <summary>
    /// Encrypts what was loaded, where ten minutes have gone since the last pass that left nothing behind. What could not be written,
    /// because the store was away or the subscription had changed meanwhile, is looked at again with the next load.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Some may be as they were.</exception>
    public async Task RunAsync(OrganizationKey organization, RegistrySnapshot loaded, CancellationToken cancellationToken)
    {
        var state = _states.GetOrAdd(organization, static _ => new State());

        // Each write is a notice that asks for another load: one pass at a time.
        if (!state.Gate.Wait(0, CancellationToken.None))
        {
            return;
        }

        try
        {
            if (state.CompleteAt is not { } last || clock.Since(last) >= Every)
            {
                await RunPassAsync(organization, state, loaded, cancellationToken);
            }
        }
        finally
        {
            state.Gate.Release();
        }
    }

    private async Task RunPassAsync(OrganizationKey organization, State state, RegistrySnapshot loaded, CancellationToken cancellationToken)
    {
        var left = false;
        foreach (var subscription in loaded.Subscriptions.Values.Where(s => s.EncryptedWithOlderKey))
        {
            state.HadWork = true;
            var (status, _) = await store.PutAsync(subscription, PutMode.Replace, subscription.Revision, with: null, cancellationToken);
            left |= status == PutStatus.OtherRevision;
            if (status == PutStatus.Written)
            {
                Log.ReEncrypted(logger, subscription.Partition);
            }
        }

        if (left)
        {
            return;
        }

        state.CompleteAt = clock.Timestamp();
        if (state.HadWork)
        {
            state.HadWork = false;
            Log.Complete(logger, organization);
        }
    }

    private sealed class State
    {
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>When a pass last left nothing behind.</summary>
        public long? CompleteAt { get; set; }

        /// <summary>Something was found since then.</summary>
        public bool HadWork { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(2033, LogLevel.Information,
            "The secrets of subscription {Subscription} were re-encrypted with the first of Store:EncryptionKeys")]
        public static partial void ReEncrypted(ILogger logger, string subscription);

        [LoggerMessage(2034, LogLevel.Information,
            "The secrets of all subscriptions of {Organization} are encrypted with the first of Store:EncryptionKeys now")]
        public static partial void Complete(ILogger logger, OrganizationKey organization);
    }
}
