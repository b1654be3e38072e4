using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// Which kinds of credential each host takes, where a client app is configured: what an operator must know before switching. Each host is
/// asked one read operation with each kind; every answer but 401 means that the kind is taken.
/// </summary>
internal sealed class CredentialKindsCheck(
    SiroClient siro, OrganizationCredentials organizations, ClientTokenRequest clientTokens, ClientAppFactory clientApps,
    UserTokenLoan userTokens)
{
    private const string Area = "siro";

    private static readonly (SiroHost Host, string Path)[] Probes =
    [
        (SiroHost.External, "v1/core/auth/caller-identity"),
        (SiroHost.Platform, "v1/core/recordings?limit=1"),
        (SiroHost.Internal, "v1/core/conversation-configurations"),
    ];

    public async Task RunAsync(
        OrganizationKey organization, OrganizationOptions options, CheckResults results, CancellationToken cancellationToken)
    {
        if (options.ClientCredentials is not { } configured || !organizations.TryFind(organization, out var credentials))
        {
            return;
        }

        var app = clientApps.Create(organization, configured);
        var minted = await clientTokens.SendAsync(app, cancellationToken);
        var subject = $"{organization} client app";
        if (minted.Token is not { } token)
        {
            var what = "there is no client token: " + minted.Why;
            const string remedy = "Correct what this line names, or ask Siro. Until then no host can be asked with a client token.";
            if (options.Credential == CredentialChoice.OrganizationToken)
            {
                results.Warn(Area, subject, what, remedy);
            }
            else
            {
                results.Fail(Area, subject, what, remedy);
            }
        }
        else
        {
            results.Ok(Area, subject, $"the token endpoint gave a token for {(int)token.Life.TotalSeconds} s");
        }

        var pair = minted.Token is { } got ? app.Credentials(got.Value, TokenHash.Of(got.Value)) : (CredentialPair?)null;
        var user = UserToken.None;
        try
        {
            user = await userTokens.MintAsync(organization, options, [pair?.External, credentials.Token], cancellationToken);
            foreach (var (host, path) in Probes)
            {
                var older = host == SiroHost.External ? credentials.Token : user.Credential;
                var olderName = host == SiroHost.External ? "organization tokens" : "user tokens";
                var client = pair is { } both ? await TakesAsync(organization, host, path, both.For(host), cancellationToken) : null;
                var old = older is null ? null : await TakesAsync(organization, host, path, older, cancellationToken);
                Tell(organization, options.Credential, host, pair is not null, client, old, olderName, results);
            }
        }
        finally
        {
            // Also when the time is up: what was made for this is taken back.
            await user.RevokeAsync();
            if (minted.Token is { } given)
            {
                using var limit = new CancellationTokenSource(UserToken.RevocationTime, TimeProvider.System);
                await clientTokens.RevokeAsync(app, given.Value, limit.Token);
            }
        }
    }

    /// <param name="hasToken">There was a client token to ask with; else the client app's line says why not, and what to do.</param>
    private static void Tell(OrganizationKey organization, CredentialChoice choice, SiroHost host, bool hasToken, bool? client, bool? older,
        string olderName, CheckResults results)
    {
        static string Word(bool? takes, string name) =>
            takes switch { true => $"takes {name}", false => $"refuses {name} (401)", null => $"was not asked with {name}" };
        var (subject, setting) = ($"{organization} {host.Cluster()} host", $"Siro:Organizations:{organization}:Credential");
        var what = $"{Word(client, "client tokens")}, {Word(older, olderName)}";
        switch (choice)
        {
            case CredentialChoice.ClientCredentials when !hasToken:
                results.Fail(Area, subject, what,
                    older is true
                    ? $"Correct the client app first. {setting}: Both lets calls go with the older kind meanwhile."
                    : "Correct the client app first.");
                break;
            case CredentialChoice.Both when !hasToken && older is true:
                results.Ok(Area, subject, what + ": calls go with these");
                break;
            case CredentialChoice.ClientCredentials when client is null:
            case CredentialChoice.Both when client is null && older is null:
                results.Warn(Area, subject, what, "The host fails, limits, or can't be reached: try again.");
                break;
            case CredentialChoice.ClientCredentials when client is not true:
                results.Fail(Area, subject, what,
                    older is true
                    ? $"Set {setting} to Both until this host takes client tokens."
                    : "Check the client app's rights in Siro.");
                break;
            case CredentialChoice.Both when client is not true && older is not true:
                results.Fail(Area, subject, what,
                    hasToken ? "Neither kind is taken: make a new client app or a new token in Siro." : "Correct the client app first.");
                break;
            case CredentialChoice.Both when client is not true:
                results.Warn(Area, subject, what, "Calls to this host go with the older kind. Ask Siro when it will take client tokens.");
                break;
            case CredentialChoice.OrganizationToken when client is true && older is false:
                results.Fail(Area, subject, what,
                    $"The older kind is over here: set {setting} to Both, or to ClientCredentials where every host takes client tokens.");
                break;
            default:
                results.Ok(Area, subject, what);
                break;
        }
    }

    /// <summary>Null where nothing was to be learned: the host can't be reached, fails or limits.</summary>
    private async Task<bool?> TakesAsync(
        OrganizationKey organization, SiroHost host, string path, SiroCredential credential, CancellationToken cancellationToken)
    {
        try
        {
            var request = UserTokenLoan.Request(organization, host, TokenScope.Read, $"GET /{path.Split('?')[0]}", credential);
            using var response = await siro.SendAsync(request, HttpMethod.Get, path, null, cancellationToken);
            return (int)response.StatusCode switch
            {
                401 => false,
                >= 500 or 429 => null,
                _ when CdnRefusal.Is(response) => null,
                _ => true,
            };
        }
        catch (Exception e) when (e is ProblemException or HttpRequestException)
        {
            return null;
        }
    }
}
