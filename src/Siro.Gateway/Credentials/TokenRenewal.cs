using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Renews minted tokens at 80 % of their life, those that were used lately, and clears out what nobody needs any more.
/// Also hears the fleet's notifications, and ends what is under way at shutdown.
/// </summary>
internal sealed partial class TokenRenewal(
    OrganizationCredentials organizations, MintedTokens tokens, ISharedTokens shared, TimeProvider time, CredentialTimings timings,
    ILogger<TokenRenewal> logger)
    : PeriodicService(time, logger)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1);

    /// <summary>Renews what is due and forgets what is idle; one round.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetTimestamp();
        var due = new List<TokenSlot>();
        foreach (var app in organizations.Issuers)
        {
            foreach (var slot in app.Slots)
            {
                if (slot.Current is { } token && now < token.UsableUntil)
                {
                    if (now >= token.RenewAt && now >= slot.RenewNotBefore && WasUsedLately(slot, token, now))
                    {
                        due.Add(slot);
                    }
                }
                else if (!slot.IsBusy && !slot.IsBlocked(now) && Time.GetElapsedTime(slot.LastUsed, now) > timings.Idle)
                {
                    app.Remove(slot);
                }
            }
        }

        await Parallel.ForEachAsync(
            due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (slot, token) =>
        {
            using var limit = new CancellationTokenSource(timings.Wait, Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
            try
            {
                await tokens.RenewAsync(slot, both.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !token.IsCancellationRequested)
            {
                Log.TooSlow(logger, slot.Key.Organization);
            }
        });
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await tokens.StopAsync();
    }

    protected override bool PausesFirst => true;

    /// <summary>A fiftieth of the shortest life, so that a renewal is never late by much.</summary>
    protected override TimeSpan Pause
    {
        get
        {
            var pause = MostPause;
            foreach (var issuer in organizations.Issuers)
            {
                // A client token may live far shorter than the setting says; there is one of them.
                var life = issuer is ClientApp { Slot.Current: { } token } ? token.Life : issuer.Life;
                pause = life / 50 < pause ? life / 50 : pause;
            }

            return pause > LeastPause ? pause : LeastPause;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var following = shared.Follow(Hear);
        await base.ExecuteAsync(stoppingToken);
    }

    protected override Task RoundAsync(CancellationToken stoppingToken) => SweepAsync(stoppingToken);

    private void Hear(string name, string? droppedId)
    {
        foreach (var app in organizations.Issuers)
        {
            if (app.TryFind(name, out var slot))
            {
                MintedTokens.Hear(slot, droppedId);
                return;
            }
        }
    }

    private bool WasUsedLately(TokenSlot slot, MintedToken token, long now) =>
        Time.GetElapsedTime(slot.LastUsed, now) <= token.Life * timings.RenewUsed;

    private static partial class Log
    {
        [LoggerMessage(1408, LogLevel.Warning, "A token of {Organization} was not renewed in time; the next round tries again")]
        public static partial void TooSlow(ILogger logger, OrganizationKey organization);
    }
}
