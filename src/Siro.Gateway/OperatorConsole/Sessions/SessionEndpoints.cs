using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Common;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary><c>POST|GET|DELETE /v1/session</c>.</summary>
internal sealed class SessionEndpoints(SessionStore store, ClientDirectory clients, TimeProvider time)
{
    /// <summary>Whoever shows a credential gets a session for it. Sign-in by a session answers with that session.</summary>
    public async Task<IResult> BeginAsync(HttpContext context)
    {
        if (ConsoleSessions.Of(context) is { } already)
        {
            return Results.Ok(View(already, context.Caller()));
        }

        var caller = context.Caller();
        var key = context.Request.Headers[Credential.ApiKeyHeader].ToString();
        var client = clients.ByName(caller.Client.Value);
        string[] credential = key.Length > 0 ? [ApiKey.Hash(new Secret(key))] : [.. client?.Options.ClientIds ?? []];
        var session = new Session(caller.Client.Value, credential, key.Length > 0 ? [] : [.. caller.Permissions], null, time.GetUtcNow());
        AuditedPerson.Set(context, session.Who);
        SetCookie(context, await store.BeginAsync(session, context.RequestAborted));
        return Results.Ok(View(session, caller));
    }

    public IResult Get(HttpContext context) => ConsoleSessions.Of(context) is { } session
        ? Results.Ok(View(session, context.Caller()))
        : throw new ProblemException(
            new Problem(404, "session_not_found", "This request came with a credential of its own, not with a session."));

    public async Task<IResult> EndAsync(HttpContext context)
    {
        if (context.Request.Cookies[Credential.SessionCookie] is { } id)
        {
            await store.EndAsync(id, context.RequestAborted);
            context.Response.Cookies.Delete(Credential.SessionCookie, Options());
        }

        return Results.NoContent();
    }

    /// <summary>Gives the browser the session's id; no script can read it.</summary>
    internal static void SetCookie(HttpContext context, string id)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Cookies.Append(Credential.SessionCookie, id, Options());
    }

    private static CookieOptions Options() =>
        new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true, MaxAge = Session.Longest };

    private static SessionView View(Session session, Caller caller) =>
        new(caller.Client.Value, caller.Organization.Value, [.. caller.Permissions.Order(StringComparer.Ordinal)], session.Person,
            session.Began, session.Began + Session.Longest);
}

/// <summary>A session as its holder sees it.</summary>
/// <param name="Client">The client whose rights it has.</param>
/// <param name="Organization">The organization that the client works on.</param>
/// <param name="Permissions">What it may do.</param>
/// <param name="Person">Who signed in, where an identity provider said so.</param>
/// <param name="Began">When it began.</param>
/// <param name="EndsAt">It ends then at the latest, and after eight hours without a request.</param>
internal sealed record SessionView(
    string Client, string Organization, IReadOnlyList<string> Permissions, string? Person, DateTimeOffset Began, DateTimeOffset EndsAt);
