using Siro.Emulator.Access;
using Siro.Emulator.Hosting;
using Siro.Emulator.Validation;

namespace Siro.Emulator.OAuth;

/// <summary>An organization's own API tokens, on external.</summary>
internal sealed class OrganizationTokenEndpoints(EmulatorState state, EmulatorOptions options)
{
    private static readonly Shape TokenBody = Shape.Of(strict: false, ("tokenName", Shape.Text(1)), ("organizationId", Shape.Text(1)));

    public void Map(RouteTable external)
    {
        external.Add("GET", "/v1/core/auth/caller-identity", x => new(Answer.Ok(Show(x.Token!))));
        external.Add(
            "GET", "/v1/core/auth/tokens", x => new(Answer.Ok(new { data = Own(x).Select(t => Show(t)), cursor = (string?)null })));
        external.Add("GET", "/v1/core/auth/tokens/{id}",
            x => new(Own(x).FirstOrDefault(t => t.Id == x["id"]) is { } token ? Answer.Ok(Show(token)) : NotFound));
        external.Add("POST", "/v1/core/auth/tokens", x => new(Create(x)));
        external.Add("DELETE", "/v1/core/auth/tokens/{id}", x => new(Delete(x)));
    }

    private static Answer NotFound { get; } = Answer.Error(404, "Token not found");

    private static Dictionary<string, object?> Show(Token token) => new(StringComparer.Ordinal)
    {
        ["tokenId"] = token.Id,
        ["tokenName"] = token.Name,
        ["organizationId"] = token.Organization.Id,
        ["authorizedOrgGroupId"] = null,
        ["parentOrgGroupTokenId"] = null,
        ["createdAt"] = token.CreatedAt,
        ["createdBy"] = null,
    };

    private IEnumerable<Token> Own(Exchange x) =>
        state.Tokens.All.Where(t => t.Kind == TokenKind.Organization && t.Organization == x.Organization && t.RevokedAt is null);

    private Answer Create(Exchange x)
    {
        if (!x.TryJson(out var body))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        if (TokenBody.Check(body) is { Count: > 0 } issues)
        {
            return ZodIssue.Refusal(issues);
        }

        if (body.GetProperty("organizationId").GetString() != x.Organization.Id)
        {
            return Answer.Error(403, "Forbidden");
        }

        if (options.Time.GetUtcNow() >= options.OrganizationTokensClose)
        {
            return Answer.Error(403, "Organization tokens are no longer issued; create a client app");
        }

        var token = state.Tokens.Issue(x.Organization, body.GetProperty("tokenName").GetString()!);
        x.Entry.AddEffect(token.Id);
        var json = Show(token);
        json["token"] = token.Value;
        return Answer.Ok(json);
    }

    private Answer Delete(Exchange x)
    {
        if (Own(x).FirstOrDefault(t => t.Id == x["id"]) is not { } token)
        {
            return NotFound;
        }

        token.RevokedAt = Moment.Now(options.Time);
        return Answer.Ok(new { tokenId = token.Id });
    }
}
