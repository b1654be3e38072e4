using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;

namespace Siro.Gateway.Alerts;

/// <summary>Organizations for which Siro minted no token at this replica's last try, unless the try is too old to say anything.</summary>
internal sealed class TokenAlerts(MintHealth mints, ISettings<AlertsOptions> settings) : IAlertSource
{
    public AlertKind Kind => AlertKind.TokensFailing;

    public bool IsShared => false;

    public Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AlertSignal>>(
        [.. mints.Failing(settings.Current.Quiet).Select(f => new AlertSignal(
            Kind,
            f.Organization,
            "user_tokens",
            1,
            f.Outcome == MintOutcome.AppRefused
                ? $"Siro refuses the OAuth app or the organization token of {f.Organization}: no user tokens can be minted. Run "
                    + "'siro-gateway doctor'."
                : $"Siro mints no user tokens for {f.Organization}: its answers are errors, or it does not answer."))]);
}
