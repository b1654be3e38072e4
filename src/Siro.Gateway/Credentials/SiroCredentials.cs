using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>The credential of each request: the organization's own token for <c>external</c>, a user's for the other hosts.</summary>
internal sealed class SiroCredentials(OrganizationCredentials organizations, UserTokens users, OrganizationTokenReload reload) : ISiroCredentials
{
    public ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken)
    {
        if (!organizations.TryFind(request.Organization, out var organization))
        {
            throw new ProblemException(CredentialProblems.NoOrganization(request.Organization));
        }

        if (!request.NeedsUserToken)
        {
            return new ValueTask<SiroCredential>(organization.Token);
        }

        // A mint on a user's token could only be a mistake of ours, and would never end.
        if (request.IsMint)
        {
            throw new InvalidOperationException("A mint goes to the external host, with the organization's token.");
        }

        if (organization.App is not { } app)
        {
            throw new ProblemException(CredentialProblems.NoApp(request.Organization));
        }

        return (request.ActingUser ?? organization.DefaultUser) is { Value.Length: > 0 } user
            ? users.GetAsync(app, user, request, cancellationToken)
            : throw new ProblemException(CredentialProblems.NoUser);
    }

    public ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken)
    {
        if (!organizations.TryFind(request.Organization, out var organization))
        {
            return new ValueTask<bool>(false);
        }

        if (!request.NeedsUserToken)
        {
            return new ValueTask<bool>(reload.IsReplaced(request.Organization, credential));
        }

        return organization.App is { } app && (request.ActingUser ?? organization.DefaultUser) is { Value.Length: > 0 } user
            ? users.RefusedAsync(app, user, request.Scope, credential, cancellationToken)
            : new ValueTask<bool>(false);
    }
}
