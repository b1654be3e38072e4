using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary>
/// Finds the client of a request's session. It is looked up in the configuration of this moment: a session ends with its client, or with
/// the key or the token's client id that began it.
/// </summary>
internal sealed class ConsoleSessions(SessionStore store, ClientDirectory clients)
{
    /// <summary>
    /// A page of another origin can't send it without asking first, and the gateway answers no such question: so no other page acts with
    /// this session.
    /// </summary>
    public const string Header = "Siro-Console";

    private static readonly object Key = new();
    private static readonly Problem Expired = new(
        401, "session_expired", "The session has ended. Sign in again.") { Challenge = "Bearer realm=\"siro-gateway\"" };
    private static readonly Problem CrossSite = new(
        403, "cross_site_request", $"A request with a session must send the header {Header}: 1, which only the console's own page can.");

    /// <summary>The session that let this request in, or null.</summary>
    public static Session? Of(HttpContext context) => context.Items[Key] as Session;

    /// <summary>The client, with the rights that it has now; or the problem.</summary>
    public async ValueTask<(ClientPrincipal? Client, Problem? Problem)> ReadAsync(HttpContext context)
    {
        if (context.Request.Headers[Header] != "1")
        {
            return (null, CrossSite);
        }

        try
        {
            if (context.Request.Cookies[Credential.SessionCookie] is not { } id
                || await store.FindAsync(id, context.RequestAborted) is not { } session || Owner(session) is not { } client)
            {
                return (null, Expired);
            }

            context.Items[Key] = session;
            AuditedPerson.Set(context, session.Who);
            return (new ClientPrincipal(client, client.PermissionsWith(session.Roles), CallerSchemes.ConsoleSession), null);
        }
        catch (StoreUnavailableException)
        {
            return (null, StoreUnavailableException.Answer);
        }
    }

    private Client? Owner(Session session) => clients.ByName(session.Client) is { } client
        && session.Credential.Any(shown => session.ByKey
            ? client.Options.ApiKeyHashes.Contains(shown, StringComparer.OrdinalIgnoreCase)
            : client.Options.ClientIds.Contains(shown, StringComparer.Ordinal))
        ? client
        : null;
}

/// <summary>The authentication scheme of sessions.</summary>
internal sealed class SessionHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ConsoleSessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (client, problem) = await sessions.ReadAsync(Context);
        return client is not null
            ? AuthenticateResult.Success(new AuthenticationTicket(client, CallerSchemes.ConsoleSession))
            : AuthenticateResult.Fail(new RefusedCredentialException(problem!));
    }
}
