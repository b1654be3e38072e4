using Microsoft.AspNetCore.Authentication;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Common;
using Siro.Gateway.OperatorConsole.Directory;
using Siro.Gateway.OperatorConsole.Figures;
using Siro.Gateway.OperatorConsole.Overview;
using Siro.Gateway.OperatorConsole.Sessions;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole;

/// <summary>
/// The operator's page at <c>/console</c>: static files over the public API, and the sessions by which a browser uses that
/// (docs/console.md).
/// </summary>
internal static class ConsoleFeature
{
    public static void AddConsole(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ConsoleFiles>();
        services.AddSingleton<ConsolePage>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<ConsoleSessions>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, SessionHandler>(CallerSchemes.ConsoleSession, _ => { });
        services.AddSingleton<SignInLimit>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<ProviderSignIn>();
        services.AddSingleton<FigureRecorder>();
        services.AddSingleton<FigureReader>();
        services.AddSingleton<FigureEndpoint>();
        services.AddSingleton<CallFigures>();
        services.AddSingleton<ICallObserver>(provider => provider.GetRequiredService<CallFigures>());
        services.AddSingleton<ISiroObserver>(provider => provider.GetRequiredService<CallFigures>());
        services.AddHostedService<FigureService>();
        services.AddSingleton<Replicas>();
        services.AddHostedService(provider => provider.GetRequiredService<Replicas>());
        services.AddSingleton<OrganizationStates>();
        services.AddSingleton<OverviewEndpoint>();
        services.AddSingleton<LiveEndpoint>();
        services.AddSingleton<ClientsEndpoint>();
        services.AddSingleton<OperationsEndpoint>();
    }

    public static void MapConsole(this WebApplication app)
    {
        var page = app.Services.GetRequiredService<ConsolePage>();
        app.MapMethods("/console", [HttpMethods.Get, HttpMethods.Head], page.PageAsync)
            .OpenToAll().ExcludeFromDescription().WithMetadata(new NoAudit()).WithDisplayName("console");
        app.MapMethods("/console/assets/{version}/{**path}", [HttpMethods.Get, HttpMethods.Head],
            (HttpContext context, string version, string path) => page.FileAsync(context, version, path))
            .OpenToAll().ExcludeFromDescription().WithMetadata(new NoAudit()).WithDisplayName("console's files");

        var provider = app.Services.GetRequiredService<ProviderSignIn>();
        app.MapGet("/console/sign-in",
            (HttpContext context) => new SignInOptions(context.Request.Cookies.ContainsKey(Credential.SessionCookie), provider.Name))
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Session").WithSummary("How a browser may sign in").Produces<SignInOptions>();

        app.MapGet("/console/sign-in/begin", provider.BeginAsync).OpenToAll().ExcludeFromDescription()
            .WithDisplayName("sign-in at the provider");
        app.MapGet("/console/sign-in/callback", provider.EndAsync).OpenToAll().ExcludeFromDescription()
            .WithDisplayName("back from the provider");

        var sessions = app.Services.GetRequiredService<SessionEndpoints>();
        var group = app.MapGroup("/v1/session").WithTags("Session");
        group.MapPost("", (Delegate)sessions.BeginAsync).RequireCaller()
            .WithSummary(
                "Signs a browser in: the caller's credential becomes a session, kept in an HttpOnly cookie").Produces<SessionView>();
        group.MapGet("", (Delegate)sessions.Get).RequireCaller()
            .WithSummary("The session that the request came with").Produces<SessionView>();
        group.MapDelete("", (Delegate)sessions.EndAsync).RequireCaller()
            .WithSummary("Signs out: the session ends at once, in every replica").Produces(204);

        MapOperations(app);
    }

    private static void MapOperations(WebApplication app)
    {
        var group = app.MapGroup("/v1").WithTags("Operations");
        var overview = app.Services.GetRequiredService<OverviewEndpoint>();
        var figures = app.Services.GetRequiredService<FigureEndpoint>();
        var clients = app.Services.GetRequiredService<ClientsEndpoint>();
        var operations = app.Services.GetRequiredService<OperationsEndpoint>();
        var live = app.Services.GetRequiredService<LiveEndpoint>();
        group.MapGet("/overview", (Delegate)overview.GetAsync).RequireCaller().WithSummary("What is wrong now, and figures of the moment")
            .Produces<OverviewAnswer>();
        group.MapGet("/figures", (Delegate)figures.GetAsync).RequireCaller().WithSummary("Figures over the last hour or day")
            .Produces<FigureAnswer>()
            .WithQuery(
                ("range", "1h (by minutes, the default) or 24h (by quarters of an hour)."), ("subscription", "Those of one subscription."));
        group.MapGet("/live", (Delegate)live.HandleAsync).RequireCaller()
            .WithSummary("Server-sent events: what has changed, and the overview every few seconds")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream");
        group.MapGet("/clients", (Delegate)clients.ListAsync).RequirePermission(Permissions.Admin)
            .WithSummary("Clients: permissions, budget, when last seen, what was refused");
        group.MapGet("/operations", (Delegate)operations.Get).RequireCaller()
            .WithSummary("Siro's operations: where they are, what they need, who would be let in")
            .WithQuery(
                ("q", "Words of the method, path, host or permission."), ("client", "For this client instead of the caller; needs admin."));
    }

    /// <summary>Before callers are authenticated.</summary>
    public static void UseSignInLimit(this WebApplication app) => app.UseMiddleware<SignInLimitMiddleware>();
}

/// <summary>What the console asks before it knows anybody.</summary>
/// <param name="Cookie">The browser has a session, or had one.</param>
/// <param name="Provider">The identity provider's name, where one is configured for people; else null.</param>
internal sealed record SignInOptions(bool Cookie, string? Provider);
