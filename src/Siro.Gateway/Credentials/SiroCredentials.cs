using Microsoft.Extensions.Logging;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// The credential of each request. Of the older kinds the organization's own token for <c>external</c> and a user's for the other hosts;
/// of the newer kind one client token for all of them. With <c>Credential: Both</c> a host that refuses the newer kind gets the older.
/// </summary>
internal sealed partial class SiroCredentials(
    OrganizationCredentials organizations, MintedTokens tokens, OrganizationTokenReload reload, CredentialMetrics metrics,
    TimeProvider time, CredentialTimings timings,
    ILogger<SiroCredentials> logger) : ISiroCredentials
{
    public ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken)
    {
        if (!organizations.TryFind(request.Organization, out var organization))
        {
            throw new ProblemException(CredentialProblems.NoOrganization(request.Organization));
        }

        // A mint on a user's token could only be our bug, and would never end.
        if (request.IsMint && request.NeedsUserToken)
        {
            throw new InvalidOperationException("A mint goes to the external host, with the organization's credential.");
        }

        if (organization.Client is not { } client)
        {
            return OlderAsync(organization, request, cancellationToken);
        }

        if (!organization.KeepsOlderKind || !HasOlder(organization, request))
        {
            return tokens.GetAsync(client, request, cancellationToken);
        }

        if (client.Refusals.IsOlderKindInForce(request.Host))
        {
            metrics.FellBack(request.Organization, request.Host.Cluster());
            return OlderAsync(organization, request, cancellationToken);
        }

        var token = tokens.GetAsync(client, request, cancellationToken);
        return token.IsCompletedSuccessfully ? token : EitherAsync(token, organization, client, request, cancellationToken);
    }

    public ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) =>
        !organizations.TryFind(request.Organization, out var organization) ? new ValueTask<bool>(false)
        : credential.Kind == CredentialKind.ClientToken ? ClientRefusedAsync(organization, request, credential, cancellationToken)
        : OlderRefusedAsync(organization, request, credential, cancellationToken);

    /// <summary>The older kind can be had for this request.</summary>
    private static bool HasOlder(OrganizationCredential organization, SiroRequest request) =>
        request.NeedsUserToken ? organization.App is not null && User(organization, request) is not null : organization.Token is not null;

    private static UserId? User(OrganizationCredential organization, SiroRequest request) =>
        (request.ActingUser ?? organization.DefaultUser) is { Value.Length: > 0 } user ? user : null;

    private ValueTask<SiroCredential> OlderAsync(
        OrganizationCredential organization, SiroRequest request, CancellationToken cancellationToken)
    {
        if (!request.NeedsUserToken)
        {
            return new ValueTask<SiroCredential>(
                organization.Token ?? throw new ProblemException(CredentialProblems.NoToken(request.Organization)));
        }

        if (organization.App is not { } app)
        {
            throw new ProblemException(CredentialProblems.NoApp(request.Organization));
        }

        return User(organization, request) is { } user
            ? tokens.GetAsync(app, user, request, cancellationToken)
            : throw new ProblemException(CredentialProblems.NoUser);
    }

    /// <summary>A client token if it comes soon; the mint goes on for those who come later.</summary>
    private async ValueTask<SiroCredential> EitherAsync(
        ValueTask<SiroCredential> token, OrganizationCredential organization, ClientApp client, SiroRequest request,
        CancellationToken cancellationToken)
    {
        try
        {
            return await token.AsTask().WaitAsync(timings.ClientTokenWait, time, cancellationToken);
        }
        catch (Exception e) when (e is ProblemException or TimeoutException)
        {
            if (client.Refusals.NoToken())
            {
                Log.NoClientToken(
                    logger, request.Organization, e is ProblemException problem ? problem.Problem.Detail : "The token endpoint is slow.");
            }

            metrics.FellBack(request.Organization, request.Host.Cluster());
            return await OlderAsync(organization, request, cancellationToken);
        }
    }

    private async ValueTask<bool> ClientRefusedAsync(
        OrganizationCredential organization, SiroRequest request, SiroCredential refused, CancellationToken cancellationToken)
    {
        // The configuration has gone back to the older kind since.
        if (organization.Client is not { } client)
        {
            return true;
        }

        var hasOlder = organization.KeepsOlderKind && HasOlder(organization, request);

        // Another mint would not help a host that has refused a fresh token before and does so again.
        var knows = hasOlder && client.Refusals.WasJustRetried(request.Host);
        if (!knows && await tokens.RefusedAsync(client.Slot, refused, cancellationToken))
        {
            return true;
        }

        if (client.Refusals.Refused(request.Host))
        {
            if (hasOlder)
            {
                Log.HostRefuses(logger, request.Organization, request.Host.Cluster(), (int)timings.HostRefusal.TotalMinutes);
            }
            else
            {
                Log.NothingElse(logger, request.Organization, request.Host.Cluster());
            }
        }

        return hasOlder;
    }

    private async ValueTask<bool> OlderRefusedAsync(
        OrganizationCredential organization, SiroRequest request, SiroCredential refused, CancellationToken cancellationToken)
    {
        if (organization.Client is { } client && !(organization.KeepsOlderKind && client.Refusals.IsOlderKindInForce(request.Host)))
        {
            // The newer kind has come into force since.
            return true;
        }

        var renewed = !request.NeedsUserToken ? reload.IsReplaced(request.Organization, refused)
            : organization.App is { } app && User(organization, request) is { } user
                && await tokens.RefusedAsync(app.Slot(user, request.Scope), refused, cancellationToken);
        if (renewed || organization.Client is not { } newer)
        {
            return renewed;
        }

        // The older kind has come to its end: whatever was said of the newer, it is the one that is left.
        Log.OlderEnded(logger, request.Organization, request.Host.Cluster());
        newer.Refusals.Forget(request.Host);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1411, LogLevel.Warning,
            "No client token of {Organization}, so calls go with the older kind of credential for the moment. {Why}")]
        public static partial void NoClientToken(ILogger logger, OrganizationKey organization, string why);

        [LoggerMessage(1412, LogLevel.Warning,
            "Siro's {Host} host refuses client tokens of {Organization} (401), so it gets the older kind of credential; the new kind "
            + "is tried again in {Minutes} minutes")]
        public static partial void HostRefuses(ILogger logger, OrganizationKey organization, string host, int minutes);

        [LoggerMessage(1413, LogLevel.Warning,
            "Siro's {Host} host refuses the older kind of credential of {Organization} (401): the client token is tried again")]
        public static partial void OlderEnded(ILogger logger, OrganizationKey organization, string host);

        [LoggerMessage(1414, LogLevel.Warning,
            "Siro's {Host} host refuses client tokens of {Organization} (401), a fresh one too, and there is no other credential: callers "
            + "get its 401. 'siro-gateway doctor' says which kinds it takes; Credential: Both gives it the older kind where there is one")]
        public static partial void NothingElse(ILogger logger, OrganizationKey organization, string host);
    }
}
