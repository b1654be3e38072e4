using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.People;

/// <summary>
/// Who is who in an organization: from memory, else from the store, else read from Siro once for the fleet.
/// Never older than <see cref="PeopleOptions.FreshFor"/>; read again on a miss, at most once per <see cref="PeopleOptions.MissInterval"/>.
/// </summary>
internal sealed partial class PeopleDirectory(
    PeopleReader reader, PeopleStore store, ILeases leases, IPubSub pubSub, ISettings<PeopleOptions> options,
    ISettings<SiroOptions> siro, TimeProvider time, Randomness randomness, ILogger<PeopleDirectory> logger)
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    /// <summary>A list of 20,000 users is 200 pages; a caller that still waits after this long is told to come back.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<OrganizationKey, Copy> _copies = new();

    /// <summary>
    /// Everybody who matches: none, one or several. Throws <see cref="ProblemException"/> when Siro can't be asked.
    /// <paramref name="client"/> pays for the reading that may be needed.
    /// </summary>
    public async Task<IReadOnlyList<Person>> FindAsync(
        OrganizationKey organization, PersonKey key, string value, ClientName client, CancellationToken cancellationToken)
    {
        var copy = _copies.GetOrAdd(organization, static _ => new Copy());
        var index = await FreshAsync(copy, organization, client, cancellationToken);
        var found = index.Find(key, value);
        if (found.Count > 0)
        {
            return found;
        }

        var newer = await MayReadAgainAsync(copy, organization, cancellationToken)
            ? await ReadAsync(copy, organization, client, index.Version, cancellationToken)
            : await SharedAsync(copy, organization, cancellationToken);
        return newer is null || newer.Version == index.Version ? found : newer.Find(key, value);
    }

    /// <summary>What another replica has read meanwhile: whoever is new is found by every replica once one of them has read.</summary>
    private async Task<PeopleIndex?> SharedAsync(Copy copy, OrganizationKey organization, CancellationToken cancellationToken)
    {
        await copy.Gate.WaitAsync(cancellationToken);
        try
        {
            return await FromStoreAsync(copy, organization, cancellationToken);
        }
        finally
        {
            copy.Gate.Release();
        }
    }

    private async Task<PeopleIndex> FreshAsync(
        Copy copy, OrganizationKey organization, ClientName client, CancellationToken cancellationToken)
    {
        if (copy.Index is { } index && time.GetTimestamp() < copy.FreshUntil)
        {
            return index;
        }

        await copy.Gate.WaitAsync(cancellationToken);
        try
        {
            return copy.Index is { } now && time.GetTimestamp() < copy.FreshUntil
                ? now
                : await FromStoreAsync(copy, organization, cancellationToken)
                    ?? await ReadOnceAsync(copy, organization, client, null, cancellationToken);
        }
        finally
        {
            copy.Gate.Release();
        }
    }

    private async Task<PeopleIndex> ReadAsync(
        Copy copy, OrganizationKey organization, ClientName client, string known, CancellationToken cancellationToken)
    {
        await copy.Gate.WaitAsync(cancellationToken);
        try
        {
            return copy.Index is { } newer && newer.Version != known
                ? newer
                : await ReadOnceAsync(copy, organization, client, known, cancellationToken);
        }
        finally
        {
            copy.Gate.Release();
        }
    }

    /// <summary>Reads under the fleet's lease; while another replica reads, waits for its word.</summary>
    private async Task<PeopleIndex> ReadOnceAsync(
        Copy copy, OrganizationKey organization, ClientName client, string? known, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(MaxWait);
        var told = new SemaphoreSlim(0);
        using var following = pubSub.Subscribe(Channel(organization), _ => told.Release());
        try
        {
            while (true)
            {
                await using var lease = await leases.TryAcquireAsync("people:" + organization, LeaseTime, timeout.Token);
                if (lease is not null)
                {
                    // Somebody may have finished between our look at the store and the lease.
                    if (await FromStoreAsync(copy, organization, timeout.Token) is { } other && other.Version != known)
                    {
                        return other;
                    }

                    using var held = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, lease.Lost);
                    return await ReadFromSiroAsync(copy, organization, client, held.Token);
                }

                // The notice is best effort, so look again now and then.
                await told.WaitAsync(TimeSpan.FromSeconds(2), timeout.Token);
                if (await FromStoreAsync(copy, organization, timeout.Token) is { } theirs && theirs.Version != known)
                {
                    return theirs;
                }
            }
        }
        catch (StoreUnavailableException)
        {
            // Without the store every replica reads for itself.
            return await ReadFromSiroAsync(copy, organization, client, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProblemException(new Problem(503, "roster_unavailable", "The organization's users are still being read.") {
                RetryAfter = TimeSpan.FromSeconds(10) });
        }
    }

    private async Task<PeopleIndex> ReadFromSiroAsync(
        Copy copy, OrganizationKey organization, ClientName client, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var people = await reader.ReadAsync(organization, client, cancellationToken);
        var fresh = options.Current.FreshFor - time.GetElapsedTime(started);
        var index = new PeopleIndex(people, siro.Current.Region(organization), randomness.Id("roster"));
        copy.Set(index, time, fresh);
        Log.Read(logger, organization.Value, people.Count, (long)time.GetElapsedTime(started).TotalMilliseconds);
        try
        {
            if (fresh > TimeSpan.Zero)
            {
                await store.SaveAsync(organization, index.Version, people, fresh, cancellationToken);
                await pubSub.PublishAsync(Channel(organization), index.Version);
            }
        }
        catch (StoreUnavailableException e)
        {
            Log.NotShared(logger, organization.Value, e.Message);
        }

        return index;
    }

    /// <summary>The fleet's fresh users, or null when there is none or the store is away.</summary>
    private async Task<PeopleIndex?> FromStoreAsync(Copy copy, OrganizationKey organization, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.FreshAsync(organization, cancellationToken) is not var (version, left))
            {
                return null;
            }

            var index = copy.Index?.Version == version ? copy.Index
                : await store.LoadAsync(organization, version, cancellationToken) is { } people
                    ? new PeopleIndex(people, siro.Current.Region(organization), version)
                : null;
            if (index is not null)
            {
                copy.Set(index, time, left);
            }

            return index;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async Task<bool> MayReadAgainAsync(Copy copy, OrganizationKey organization, CancellationToken cancellationToken)
    {
        var interval = options.Current.MissInterval;
        if (copy.MissRead is { } last && time.GetElapsedTime(last) < interval)
        {
            return false;
        }

        copy.MissRead = time.GetTimestamp();
        try
        {
            return await store.MayReadAfterMissAsync(organization, interval, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
    }

    private static string Channel(OrganizationKey organization) => "people:" + organization;

    private sealed class Copy
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public PeopleIndex? Index { get; private set; }

        /// <summary>By the monotonic clock.</summary>
        public long FreshUntil { get; private set; }

        public long? MissRead { get; set; }

        public void Set(PeopleIndex index, TimeProvider time, TimeSpan fresh)
        {
            Index = index;
            FreshUntil = time.GetTimestamp() + (long)(fresh.TotalSeconds * time.TimestampFrequency);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Information, "Users of {Organization} read: {Count} users in {Milliseconds} ms")]
        public static partial void Read(ILogger logger, string organization, int count, long milliseconds);

        [LoggerMessage(2302, LogLevel.Warning, "Users of {Organization} could not be shared: {Reason}")]
        public static partial void NotShared(ILogger logger, string organization, string reason);
    }
}
