using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>
/// User tokens and client tokens: from memory, else from the fleet's store, else from one mint for the whole fleet. The lease decides who
/// mints, the others wait for its notice. Without the store each replica mints for itself, once.
/// </summary>
internal sealed partial class MintedTokens(
    ISharedTokens shared, ITokenMint mint, TimeProvider time, StoreClock waits, CredentialTimings timings, CredentialMetrics metrics,
    Randomness randomness, ILogger<MintedTokens> logger)
    : IAsyncDisposable
{
    private readonly SharedWork _work = new();
    private readonly RefusedUsers _refusedUsers = new(time, timings);

    /// <summary>In steady state: one look into a dictionary, no lock, no call, nothing allocated.</summary>
    public ValueTask<SiroCredential> GetAsync(OAuthApp app, UserId user, SiroRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (app.TryFind(user, request.Scope, out var slot) && slot.Current is { } token && now < token.UsableUntil)
        {
            slot.LastUsed = now;
            metrics.Found(app.Organization, CredentialMetrics.Memory);
            return new ValueTask<SiroCredential>(token.Credentials.For(request.Host));
        }

        if (slot is null && app.Count >= timings.MostTokens)
        {
            throw new ProblemException(CredentialProblems.Unavailable("The gateway holds as many user tokens as it may."));
        }

        slot ??= app.Slot(user, request.Scope);
        slot.LastUsed = now;
        return ForHostAsync(ObtainAsync(slot, new MintFor(request.Client, request.Priority), now, cancellationToken), request.Host);
    }

    /// <summary>The same for the one token of a client app.</summary>
    public ValueTask<SiroCredential> GetAsync(ClientApp app, SiroRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var slot = app.Slot;
        slot.LastUsed = now;
        if (slot.Current is { } token && now < token.UsableUntil)
        {
            metrics.Found(app.Organization, CredentialMetrics.Memory);
            return new ValueTask<SiroCredential>(token.Credentials.For(request.Host));
        }

        return ForHostAsync(ObtainAsync(slot, new MintFor(request.Client, request.Priority), now, cancellationToken), request.Host);
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
    public Task StopAsync() => _work.StopAsync();

    public ValueTask DisposeAsync() => _work.DisposeAsync();

    private static async ValueTask<SiroCredential> ForHostAsync(ValueTask<MintedToken> token, SiroHost host) =>
        (await token).Credentials.For(host);

    private async ValueTask<MintedToken> ObtainAsync(TokenSlot slot, MintFor mintFor, long now, CancellationToken cancellationToken)
    {
        if (slot.IsBlocked(now))
        {
            throw new ProblemException(CredentialProblems.UserForbidden);
        }

        if (_refusedUsers.Wait(slot.Key.Organization, mintFor.Client) is { } wait)
        {
            throw new ProblemException(CredentialProblems.TooManyRefusedUsers(wait));
        }

        var result = await slot.Fly(() => _work.Run(token => FlyAsync(slot, mintFor, token))).WaitAsync(cancellationToken);
        metrics.Waited(slot.Key.Organization, result.Source, time.GetElapsedTime(now));
        if (result.Token is not { } obtained)
        {
            throw new ProblemException(result.Problem!);
        }

        slot.LastUsed = time.GetTimestamp();
        metrics.Found(slot.Key.Organization, result.Source);
        return obtained;
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
            Log.Alone(logger, slot.Issuer.Kind, slot.Key.Organization);
            return await AloneAsync(slot, mintFor, both.Token);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            return TokenResult.Of(CredentialProblems.Unavailable(
                stopping.IsCancellationRequested ? "The gateway is stopping." : $"There was no {slot.Issuer.Noun} in time."));
        }
    }

    private async Task<TokenResult> FetchAsync(TokenSlot slot, MintFor mintFor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = slot.Changed;
            if (Result(slot, await shared.FindAsync(slot.Key, cancellationToken)) is { } found)
            {
                return found;
            }

            await using (var lease = await shared.TryLeaseMintAsync(slot.Key, cancellationToken))
            {
                if (lease is not null)
                {
                    // Between the look and the lease another may have minted.
                    return Result(slot, lease.State) ?? await MintAsync(slot, lease, mintFor, "cold", cancellationToken);
                }
            }

            using var word = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, waits.Delay(randomness.Around(timings.Poll, 0.2), word.Token));
            await word.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private TokenResult? Result(TokenSlot slot, SharedTokenState state)
    {
        if (Take(slot, state, besides: null) is { } token)
        {
            return TokenResult.Of(token, "store");
        }

        if (state.Blocked is { } blocked)
        {
            slot.Block(After(blocked));
            return TokenResult.Of(CredentialProblems.UserForbidden);
        }

        return null;
    }

    /// <summary>
    /// Takes the fleet's token into memory if it can be used; null when there is none, or none but <paramref name="besides"/>.
    /// </summary>
    private MintedToken? Take(TokenSlot slot, SharedTokenState state, MintedToken? besides)
    {
        if (state.Token is not { } found)
        {
            return null;
        }

        var token = new MintedToken(slot.Issuer, found, timings, time, randomness);
        return token.Id != besides?.Id && time.GetTimestamp() < token.UsableUntil ? slot.Adopt(token, minted: false) : null;
    }

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private static partial class Log
    {
        [LoggerMessage(
            1404, LogLevel.Warning, "The store is not reachable: this replica mints a {Kind} token of {Organization} for itself")]
        public static partial void Alone(ILogger logger, string kind, OrganizationKey organization);

        [LoggerMessage(
            1405, LogLevel.Warning, "A {Kind} token of {Organization} was minted too late to be shared: another replica had taken over")]
        public static partial void Late(ILogger logger, string kind, OrganizationKey organization);

        [LoggerMessage(
            1406, LogLevel.Warning, "The store did not record the result of a mint of {Organization}; only this replica knows it")]
        public static partial void NotKept(ILogger logger, OrganizationKey organization);

        [LoggerMessage(1407, LogLevel.Information, "Siro refuses a {Kind} token of {Organization}: it is dropped everywhere")]
        public static partial void Dropped(ILogger logger, string kind, OrganizationKey organization);
    }
}
