using System.Text.Json;
using Siro.Emulator.Access;
using Siro.Emulator.Hosting;
using Siro.Emulator.Validation;

namespace Siro.Emulator.OAuth;

/// <summary>OAuth apps and their user tokens, on external.</summary>
internal sealed class OAuthEndpoints(EmulatorState state, EmulatorOptions options)
{
    private const string Apps = "/v1/core/oauth/apps";
    private const string Tokens = Apps + "/{clientId}/access-token";

    private static readonly Shape AppBody = Shape.Of(strict: false,
        ("appName", Shape.Text(1)), ("owner", Shape.Text(1)), ("organizationId", Shape.Text(1)));

    private static readonly Shape MintBody = Shape.Of(strict: false,
        ("clientSecret", Shape.Text(1)), ("userId", Shape.Text(1)), ("scope", Shape.OneOf("read", "write")));

    private static readonly Shape RevokeBody = Shape.Of(strict: false,
        ("clientSecret", Shape.Text(1)), ("userId", Shape.Text(1)));

    public void Map(RouteTable external)
    {
        external.Add("POST", Apps, x => new(CreateApp(x)));
        external.Add("GET", Apps, x => new(Answer.Ok(new
        {
            data = x.Organization.Apps.Where(a => a.Owner == x.Query("owner") || x.Query("owner") is null).OrderBy(a => a.CreatedAt)
                .Select(a => Show(x, a)),
            cursor = (string?)null,
        })));
        external.Add("GET", Apps + "/{clientId}", x => new(Find(x) is { } app ? Answer.Ok(new { data = Show(x, app) }) : NoApp));
        external.Add("DELETE", Apps + "/{clientId}", x => new(DeleteApp(x)));
        external.Add("POST", Tokens, x => new(Mint(x)));
        external.Add("GET", Tokens,
            x => new(Find(x) is { } app ? Answer.Ok(new { data = UserTokens(app).Select(Show), cursor = (string?)null }) : NoApp));
        external.Add("GET", Tokens + "/{tokenId}",
            x => new(Find(x) is { } app && UserTokens(app).FirstOrDefault(t => t.Id == x["tokenId"]) is { } token ? Answer.Ok(
            new { data = Show(token) }) : NoToken));
        external.Add("DELETE", Tokens + "/{tokenId}", x => new(Revoke(x)));
    }

    private static Answer NoApp { get; } = Answer.Error(404, "OAuth app not found");

    private static Answer NoToken { get; } = Answer.Error(404, "Access token not found");

    private static OAuthApp? Find(Exchange x) => x.Organization.App(x["clientId"]) is { DeletedAt: null } app ? app : null;

    private static object Show(Exchange x, OAuthApp app) => new
    {
        appName = app.AppName,
        clientId = app.ClientId,
        organizationId = x.Organization.Id,
        owner = app.Owner,
        deleted = app.DeletedAt is not null,
        createdAt = app.CreatedAt,
        updatedAt = app.DeletedAt ?? app.CreatedAt,
        deletedAt = app.DeletedAt,
    };

    private static object Show(Token token) => new
    {
        accessTokenId = token.Id,
        oAuthAppId = token.ClientId,
        userId = token.User!.Id,
        audience = "siro",
        subject = token.User.Id,
        scope = token.Kind == TokenKind.Read ? "read" : "write",
        expiresAt = token.ExpiresAt,
        createdAt = token.CreatedAt,
        updatedAt = token.RevokedAt ?? token.CreatedAt,
        revokedAt = token.RevokedAt,
    };

    private IEnumerable<Token> UserTokens(OAuthApp app) => state.Tokens.All.Where(t => t.User is not null && t.ClientId == app.ClientId);

    private Answer CreateApp(Exchange x)
    {
        if (Body(x, AppBody, out var body) is { } refusal)
        {
            return refusal;
        }

        if (body.GetProperty("organizationId").GetString() != x.Organization.Id)
        {
            return Answer.Error(403, "Forbidden");
        }

        var owner = body.GetProperty("owner").GetString()!;
        if (x.Organization.Users.ById(owner) is null)
        {
            return Answer.Error(404, "Owner not found");
        }

        var app = x.Organization.AddApp(body.GetProperty("appName").GetString()!, owner, Moment.Now(options.Time));
        x.Entry.AddEffect(app.ClientId);
        return Answer.Of(201, new { appName = app.AppName, clientID = app.ClientId, clientSecret = app.ClientSecret });
    }

    private Answer DeleteApp(Exchange x)
    {
        if (Find(x) is not { } app)
        {
            return NoApp;
        }

        app.DeletedAt = Moment.Now(options.Time);
        foreach (var token in UserTokens(app))
        {
            token.RevokedAt ??= app.DeletedAt;
        }

        return Answer.Ok(new { clientId = app.ClientId });
    }

    private Answer Mint(Exchange x)
    {
        if (Body(x, MintBody, out var body) is { } refusal)
        {
            return refusal;
        }

        if (Find(x) is not { } app)
        {
            return NoApp;
        }

        if (body.GetProperty("clientSecret").GetString() != app.ClientSecret)
        {
            return Answer.Error(401, "Invalid client credentials");
        }

        if (x.Organization.Users.ById(body.GetProperty("userId").GetString()!) is not { } user)
        {
            return Answer.Error(404, "User not found");
        }

        if (user.Disabled)
        {
            return Answer.Error(403, "User is disabled");
        }

        var scope = body.GetProperty("scope").GetString() == "read" ? TokenKind.Read : TokenKind.Write;
        var token = state.Tokens.Mint(x.Organization, user, scope, app.ClientId, options.AccessTokenLifetime);
        x.Entry.AddEffect(token.Id);
        return Answer.Of(options.MintStatus, new { accessTokenId = token.Id, accessToken = token.Value });
    }

    private Answer Revoke(Exchange x)
    {
        if (Body(x, RevokeBody, out var body) is { } refusal)
        {
            return refusal;
        }

        if (Find(x) is not { } app)
        {
            return NoApp;
        }

        if (body.GetProperty("clientSecret").GetString() != app.ClientSecret)
        {
            return Answer.Error(401, "Invalid client credentials");
        }

        if (UserTokens(app).FirstOrDefault(
            t => t.Id == x["tokenId"] && t.User!.Id == body.GetProperty("userId").GetString()) is not { } token)
        {
            return NoToken;
        }

        token.RevokedAt ??= Moment.Now(options.Time);
        return Answer.Ok(new { tokenId = token.Id });
    }

    private static Answer? Body(Exchange x, Shape shape, out JsonElement body) =>
        !x.TryJson(out body) ? Answer.Error(400, "Invalid JSON")
        : shape.Check(body) is { Count: > 0 } issues ? ZodIssue.Refusal(issues)
        : null;
}
