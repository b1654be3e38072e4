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
            f.Kind + "_tokens",
            1,
            (f.Kind == OAuthApp.KindName, f.Outcome == MintOutcome.AppRefused) switch
            {
                (true, true) => $"Siro refuses the OAuth app or the organization's credential of {f.Organization}: no user tokens can be "
                    + "minted. Run 'siro-gateway doctor'.",
                (true, false) => $"Siro mints no user tokens for {f.Organization}: its answers are errors, or it does not answer.",
                (false, true) => $"Siro's token endpoint refuses the client app of {f.Organization}: there are no new client tokens. Run "
                    + "'siro-gateway doctor'.",
                _ => $"Siro's token endpoint gives no client token for {f.Organization}: its answers are errors, or it does not answer.",
            }))]);
}
