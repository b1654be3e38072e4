using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>
/// User tokens: from memory, else from the fleet's store, else from one mint for the whole fleet. The lease decides who
/// mints, the others wait for its notice. Without the store each replica mints for itself, once.
/// </summary>
internal sealed partial class UserTokens(
    ISharedTokens shared, ITokenMint mint, TimeProvider time, StoreClock waits, CredentialTimings timings, CredentialMetrics metrics, Randomness randomness, ILogger<UserTokens> logger)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _running = [];
    private readonly Lock _gate = new();

    /// <summary>In steady state: one look into a dictionary, no lock, no call, nothing allocated.</summary>
    public ValueTask<SiroCredential> GetAsync(OAuthApp app, UserId user, SiroRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (app.TryFind(user, request.Scope, out var slot) && slot.Current is { } token && now < token.UsableUntil)
        {
            slot.LastUsed = now;
            metrics.Found(app.Organization, CredentialMetrics.Memory);
            return new ValueTask<SiroCredential>(token.Credential);
        }

        if (slot is null && app.Count >= timings.MostTokens)
        {
            throw new ProblemException(CredentialProblems.Unavailable("The gateway holds as many user tokens as it may."));
        }

        slot ??= app.Slot(user, request.Scope);
        slot.LastUsed = now;
        return ObtainAsync(slot, new MintFor(request.Client, request.Priority), now, cancellationToken);
    }

    /// <inheritdoc cref="ISiroCredentials.RefusedAsync"/>
    public ValueTask<bool> RefusedAsync(OAuthApp app, UserId user, TokenScope scope, SiroCredential refused, CancellationToken cancellationToken)
    {
        var slot = app.Slot(user, scope);
        var id = refused.BudgetKey;

        // A storm after a revocation ends here for all but the first: another token is here, or on its way.
        if (slot.IsGone(id))
        {
            return new ValueTask<bool>(true);
        }

        return slot.IsGuarded(id, time.GetTimestamp())
            ? new ValueTask<bool>(false)
            : new ValueTask<bool>(slot.Refuse(id, () => Run(token => RefuseAsync(slot, id, token))).WaitAsync(cancellationToken));
    }

    /// <summary>Renews a token in the background; the old one serves until the new one is here.</summary>
    public async Task RenewAsync(TokenSlot slot, CancellationToken cancellationToken)
    {
        var before = slot.Current;
        try
        {
            var look = await shared.LookAsync(slot.Key, cancellationToken);
            if (Take(slot, look, besides: before) is not null)
            {
                metrics.Renewed(slot.Key.Organization, "adopted");
                return;
            }

            await using var turn = await shared.TryTakeTurnAsync(slot.Key, cancellationToken);
            if (turn is null)
            {
                // Another replica is at it.
                slot.RenewNotBefore = After(timings.Lease);
                return;
            }

            if (Take(slot, turn.Look, besides: before) is not null)
            {
                metrics.Renewed(slot.Key.Organization, "adopted");
                return;
            }

            var result = await MintAsync(slot, turn, new MintFor(ClientName.Gateway, Priority.Background), "renewal", cancellationToken);
            metrics.Renewed(slot.Key.Organization, result.Token is null ? "failed" : "renewed");
            if (result.Token is null)
            {
                PostponeRenewal(slot);
            }
        }
        catch (StoreUnavailableException)
        {
            metrics.Renewed(slot.Key.Organization, "failed");
            PostponeRenewal(slot);
        }
    }

    /// <summary>Word from the fleet: a token came or went.</summary>
    public static void Hear(TokenSlot slot, string? droppedId)
    {
        if (droppedId is not null)
        {
            slot.Drop(droppedId);
        }
        else if (slot.RenewFailures == 0)
        {
            // Another replica was at the renewal and has ended: its token can be taken.
            slot.RenewNotBefore = long.MinValue;
        }

        slot.SignalChanged();
    }

    /// <summary>Ends what is under way and gives its leases back.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async ValueTask<SiroCredential> ObtainAsync(TokenSlot slot, MintFor mintFor, long now, CancellationToken cancellationToken)
    {
        if (slot.IsBarred(now))
        {
            throw new ProblemException(CredentialProblems.UserForbidden);
        }

        var result = await slot.Fly(() => Run(token => FlyAsync(slot, mintFor, token))).WaitAsync(cancellationToken);
        metrics.Waited(slot.Key.Organization, result.Source, time.GetElapsedTime(now));
        if (result.Token is not { } obtained)
        {
            throw new ProblemException(result.Problem!);
        }

        slot.LastUsed = time.GetTimestamp();
        metrics.Found(slot.Key.Organization, result.Source);
        return obtained.Credential;
    }

    /// <summary>Work that belongs to no single caller: it goes on when the first one leaves, and carries nothing of its request along.</summary>
    private Task<T> Run<T>(Func<CancellationToken, Task<T>> work)
    {
        Task<T> task;
        using (ExecutionContext.SuppressFlow())
        {
            task = Task.Run(() => work(_stopping.Token));
        }

        lock (_gate)
        {
            _running.Add(task);
        }

        task.ContinueWith(
            ended =>
            {
                lock (_gate)
                {
                    _running.Remove(ended);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return task;
    }

    private async Task<TokenResult> FlyAsync(TokenSlot slot, MintFor mintFor, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(timings.Wait, waits.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            return await FetchAsync(slot, mintFor, both.Token);
        }
        catch (StoreUnavailableException)
        {
            Log.Alone(logger, slot.Key.Organization);
            return await AloneAsync(slot, mintFor, both.Token);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            return TokenResult.Of(CredentialProblems.Unavailable(
                stopping.IsCancellationRequested ? "The gateway is stopping." : "There was no user token in time."));
        }
    }

    private async Task<TokenResult> FetchAsync(TokenSlot slot, MintFor mintFor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = slot.Changed;
            if (Result(slot, await shared.LookAsync(slot.Key, cancellationToken)) is { } found)
            {
                return found;
            }

            await using (var turn = await shared.TryTakeTurnAsync(slot.Key, cancellationToken))
            {
                if (turn is not null)
                {
                    // Between the look and the lease another may have minted.
                    return Result(slot, turn.Look) ?? await MintAsync(slot, turn, mintFor, "cold", cancellationToken);
                }
            }

            using var word = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, waits.Delay(randomness.Around(timings.Poll, 0.2), word.Token));
            await word.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The store is away: one mint for this replica alone.</summary>
    private async Task<TokenResult> AloneAsync(TokenSlot slot, MintFor mintFor, CancellationToken cancellationToken)
    {
        try
        {
            return await MintAsync(slot, turn: null, mintFor, "alone", cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TokenResult.Of(CredentialProblems.Unavailable("There was no user token in time."));
        }
    }

    private async Task<TokenResult> MintAsync(TokenSlot slot, IMintTurn? turn, MintFor mintFor, string cause, CancellationToken cancellationToken)
    {
        var result = await mint.MintAsync(slot.App, slot.Key, mintFor, cancellationToken);
        metrics.Minted(slot.Key.Organization, result.Outcome, cause);
        if (result.Token is not { } obtained)
        {
            return result.Outcome == MintOutcome.UserRefused
                ? await BarAsync(slot, turn is not null, cancellationToken)
                : TokenResult.Of(CredentialProblems.Unavailable(result.Why, result.RetryAfter));
        }

        var token = new UserToken(obtained, timings, time, randomness);
        try
        {
            if (turn is not null && !await turn.KeepAsync(obtained, cancellationToken))
            {
                // Too late: another holds the turn. Its token is the fleet's; this one serves until that one is looked up.
                Log.Late(logger, slot.Key.Organization);
            }
        }
        catch (StoreUnavailableException)
        {
            Log.NotKept(logger, slot.Key.Organization);
        }

        return TokenResult.Of(slot.Adopt(token, minted: true)!, "mint");
    }

    private async Task<TokenResult> BarAsync(TokenSlot slot, bool everywhere, CancellationToken cancellationToken)
    {
        slot.Bar(After(timings.Barred));
        try
        {
            if (everywhere)
            {
                await shared.BarAsync(slot.Key, cancellationToken);
            }
        }
        catch (StoreUnavailableException)
        {
            Log.NotKept(logger, slot.Key.Organization);
        }

        return TokenResult.Of(CredentialProblems.UserForbidden);
    }

    private async Task<bool> RefuseAsync(TokenSlot slot, string id, CancellationToken cancellationToken)
    {
        RefusalVerdict verdict;
        TimeSpan guard;
        try
        {
            (verdict, guard) = await shared.RefuseAsync(slot.Key, id, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Each replica for itself; and not every refusal asks a store that is away.
            verdict = slot.TryTakeLocalGuard(time.GetTimestamp(), After(timings.Guard)) ? RefusalVerdict.Dropped : RefusalVerdict.Guarded;
            guard = timings.Lease;
        }

        metrics.Refused(slot.Key.Organization, verdict);
        if (verdict == RefusalVerdict.Guarded)
        {
            slot.Guard(id, After(guard));
            return false;
        }

        slot.Drop(id);
        if (verdict == RefusalVerdict.Dropped)
        {
            Log.Dropped(logger, slot.Key.Organization);
            await shared.AnnounceDropAsync(slot.Key, id);
        }

        return true;
    }

    private TokenResult? Result(TokenSlot slot, SharedLook look)
    {
        if (Take(slot, look, besides: null) is { } token)
        {
            return TokenResult.Of(token, "store");
        }

        if (look.Barred is { } barred)
        {
            slot.Bar(After(barred));
            return TokenResult.Of(CredentialProblems.UserForbidden);
        }

        return null;
    }

    /// <summary>Takes the fleet's token into memory if it can be used; null when there is none, or none but <paramref name="besides"/>.</summary>
    private UserToken? Take(TokenSlot slot, SharedLook look, UserToken? besides)
    {
        if (look.Token is not { } found)
        {
            return null;
        }

        var token = new UserToken(found, timings, time, randomness);
        return token.Id != besides?.Id && time.GetTimestamp() < token.UsableUntil ? slot.Adopt(token, minted: false) : null;
    }

    private void PostponeRenewal(TokenSlot slot)
    {
        slot.RenewFailures++;
        var pause = timings.RenewBackoff * Math.Min(100, Math.Pow(2, Math.Min(10, slot.RenewFailures - 1)));
        slot.RenewNotBefore = After(randomness.Around(pause, 0.2));
    }

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private static partial class Log
    {
        [LoggerMessage(1404, LogLevel.Warning, "The store is not reachable: this replica mints a user token of {Organization} for itself")]
        public static partial void Alone(ILogger logger, OrganizationKey organization);

        [LoggerMessage(1405, LogLevel.Warning, "A user token of {Organization} was minted too late to be the fleet's: another replica had taken over")]
        public static partial void Late(ILogger logger, OrganizationKey organization);

        [LoggerMessage(1406, LogLevel.Warning, "The store did not take what became of a mint of {Organization}; this replica remembers it alone")]
        public static partial void NotKept(ILogger logger, OrganizationKey organization);

        [LoggerMessage(1407, LogLevel.Information, "Siro refuses a user token of {Organization}: it is dropped everywhere")]
        public static partial void Dropped(ILogger logger, OrganizationKey organization);
    }
}
