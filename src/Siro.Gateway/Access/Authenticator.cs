using Microsoft.Extensions.Primitives;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>A client that has shown who it is, with the words of its token's roles where it came with one.</summary>
internal readonly record struct Authenticated(Client Client, System.Collections.Frozen.FrozenSet<string> Permissions);

/// <summary>Reads the one credential of a request: a bearer token or an API key, never both, never twice.</summary>
internal sealed class Authenticator(ClientDirectory clients, TokenValidator tokens)
{
    public const string ApiKeyHeader = "X-Api-Key";

    private const string Scheme = "Bearer ";

    public async ValueTask<(Authenticated? Caller, Problem? Problem)> AuthenticateAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var authorization = headers.Authorization;
        var key = headers[ApiKeyHeader];
        if (authorization.Count > 1 || key.Count > 1)
        {
            return (null, Refusals.DuplicateAuthorization);
        }

        if (authorization.Count == 1 && key.Count == 1)
        {
            return (null, Refusals.BothCredentials);
        }

        if (key.Count == 1)
        {
            return clients.ByApiKey(key.ToString()) is { } client
                ? (new Authenticated(client, client.Permissions), null)
                : (null, Refusals.UnknownApiKey);
        }

        return authorization.Count == 1 ? await BearerAsync(authorization, cancellationToken) : (null, Refusals.Unauthenticated);
    }

    private async ValueTask<(Authenticated? Caller, Problem? Problem)> BearerAsync(StringValues authorization, CancellationToken cancellationToken)
    {
        var header = authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return (null, Refusals.NotBearer);
        }

        var (token, problem) = await tokens.ValidateAsync(header.AsMemory(Scheme.Length).Trim(' '), cancellationToken);
        if (token is null)
        {
            return (null, problem);
        }

        return clients.ById(token.ClientIds) is { } client
            ? (new Authenticated(client, token.PermissionsOf(client)), null)
            : (null, Refusals.UnknownClient);
    }
}
