using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands;

/// <summary>
/// A command's credentials: the organization's own, as configured, without a store; a client token is got once and forgotten with the
/// command. With <c>Credential: Both</c> a host that refuses it gets the organization token.
/// </summary>
internal sealed class CommandCredentials(OrganizationCredentials organizations, ClientTokenRequest clientTokens) : ISiroCredentials
{
    private readonly Dictionary<OrganizationKey, Task<MintResult>> _minted = [];
    private readonly ConcurrentDictionary<OrganizationKey, bool> _refused = new();
    private readonly Lock _gate = new();

    public async ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken)
    {
        if (request.Credential is { } chosen)
        {
            return chosen;
        }

        if (!organizations.TryFind(request.Organization, out var organization) || (request.NeedsUserToken && organization.Client is null))
        {
            throw new InvalidOperationException("A command asks the external host alone, unless there are client tokens.");
        }

        if (organization.Client is { } client && (request.NeedsUserToken || !_refused.ContainsKey(request.Organization)))
        {
            var result = await MintAsync(client).WaitAsync(cancellationToken);
            if (result.Token is { } token)
            {
                return client.Credentials(token.Value, TokenHash.Of(token.Value)).For(request.Host);
            }

            if (organization.Token is null || request.NeedsUserToken)
            {
                throw new ProblemException(CredentialProblems.Unavailable(result.Why, result.RetryAfter));
            }
        }

        return organization.Token ?? throw new ProblemException(CredentialProblems.NoToken(request.Organization));
    }

    public ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) => new(
        request.Credential is null && !request.NeedsUserToken && credential.Kind == CredentialKind.ClientToken
        && organizations.TryFind(request.Organization, out var organization) && organization is { KeepsOlderKind: true, Token: not null }
        && _refused.TryAdd(request.Organization, true));

    private Task<MintResult> MintAsync(ClientApp client)
    {
        lock (_gate)
        {
            if (!_minted.TryGetValue(client.Organization, out var minted))
            {
                _minted[client.Organization] = minted = clientTokens.SendAsync(client, CancellationToken.None);
            }

            return minted;
        }
    }
}
