using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Proxy;

namespace Siro.Gateway.OperatorConsole.Directory;

/// <summary>
/// <c>GET /v1/operations?q=&amp;client=</c>: Siro's published operations, where the gateway has them, what each needs, and whether a client
/// would be let in.
/// </summary>
internal sealed class OperationsEndpoint(ISettings<ClientsOptions> clients)
{
    private static readonly OperationRow[] Rows = [.. OperationTable.PublishedRows()];

    public IResult Get(HttpContext context)
    {
        var caller = context.Caller();
        var query = context.Request.Query;
        IReadOnlyCollection<string> permissions = caller.Permissions;
        var client = caller.Client.Value;
        if (query.Text("client") is { } named && !named.Equals(client, StringComparison.OrdinalIgnoreCase))
        {
            if (!caller.May(Permissions.Admin))
            {
                throw new ProblemException(Refusals.PermissionMissing(Permissions.Admin));
            }

            permissions = clients.Current.Find(new(named))?.Permissions
                ?? throw new ProblemException(new Problem(404, "client_not_found", "There is no such client."));
            client = named;
        }

        var words = (query.Text("q") ?? "").Split([' ', '/'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var all = permissions.Contains(Permissions.Admin);
        return Results.Ok(new
        {
            client,
            data = Rows
                .Where(r =>
                    words.All(w => r.Method.Equals(w, StringComparison.OrdinalIgnoreCase)
                        || r.Path.Contains(w, StringComparison.OrdinalIgnoreCase)
                        || r.Host.StartsWith(w, StringComparison.OrdinalIgnoreCase)
                        || r.Permission.Contains(w, StringComparison.OrdinalIgnoreCase)))
                .Select(r =>
                    new OperationView(r.Host, r.Method, r.Path, $"/{r.Host}{r.Path}", r.Permission,
                        r.Host == "external"
                        ? "organization" : "user", r.Method is "GET" or "HEAD"
                        ? "read"
                        : "write", all || permissions.Contains(r.Permission))),
            cursor = (string?)null,
        });
    }
}

/// <summary>One operation of Siro.</summary>
/// <param name="Route">Its path at the gateway.</param>
/// <param name="Permission">The word that a caller needs.</param>
/// <param name="Token">Whose token the gateway puts in: the organization's, or a user's.</param>
/// <param name="Scope">The scope of a user's token.</param>
/// <param name="Allowed">Whether the client would be let in.</param>
internal sealed record OperationView(
    string Host, string Method, string Path, string Route, string Permission, string Token, string Scope, bool Allowed);
