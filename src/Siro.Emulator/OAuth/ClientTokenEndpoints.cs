using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.OAuth;

/// <summary>
/// The token endpoint on auth: <c>POST /oauth2/token</c> with <c>grant_type=client_credentials</c>, and <c>POST /oauth2/revoke</c>.
/// Siro has not published it; one integration reports it (September 2026). Errors as in RFC 6749, section 5.2.
/// </summary>
internal sealed class ClientTokenEndpoints(EmulatorState state, EmulatorOptions options)
{
    public void Map(RouteTable auth)
    {
        auth.Add("POST", "/oauth2/token", x => new(Issue(x)));
        auth.Add("POST", "/oauth2/revoke", x => new(Revoke(x)));
    }

    private static Answer Error(int status, string code) => Answer.Of(status, new { error = code });

    private Answer Issue(Exchange x)
    {
        var form = Form(x);
        if (form.GetValueOrDefault("grant_type") is not "client_credentials")
        {
            return Error(400, "unsupported_grant_type");
        }

        if (Find(x, form) is not var (organization, app))
        {
            return Error(401, "invalid_client");
        }

        var token = state.Tokens.IssueToClient(organization, app.ClientId, options.ClientTokenLifetime);
        x.Entry.AddEffect(token.Id);
        var answer = new JsonObject { ["access_token"] = token.Value, ["token_type"] = "Bearer" };
        if (options.ClientTokenExpiresIn is not "missing")
        {
            answer["expires_in"] = options.ClientTokenExpiresIn is { } told
                ? JsonNode.Parse(told)
                : (long)options.ClientTokenLifetime.TotalSeconds;
        }

        return Answer.Of(200, answer);
    }

    private Answer Revoke(Exchange x)
    {
        var form = Form(x);
        if (Find(x, form) is not var (_, app))
        {
            return Error(401, "invalid_client");
        }

        // An unknown token is answered alike (RFC 7009, section 2.2).
        if (state.Tokens.ByValue(form.GetValueOrDefault("token") ?? "") is { } token && token.ClientId == app.ClientId)
        {
            token.RevokedAt ??= Moment.Now(options.Time);
        }

        return Answer.Empty(200);
    }

    private (Organizations.Organization Organization, OAuthApp App)? Find(Exchange x, Dictionary<string, string> form)
    {
        var (id, secret) = Basic(x) ?? (form.GetValueOrDefault("client_id"), form.GetValueOrDefault("client_secret"));
        foreach (var organization in state.Organizations)
        {
            if (organization.ClientApp is { DeletedAt: null } app && app.ClientId == id && app.ClientSecret == secret)
            {
                return (organization, app);
            }
        }

        return null;
    }

    private static (string? Id, string? Secret)? Basic(Exchange x)
    {
        const string scheme = "Basic ";
        var header = x.Http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header[scheme.Length..])).Split(':', 2);
        return pair is [var id, var secret] ? (Uri.UnescapeDataString(id), Uri.UnescapeDataString(secret)) : (null, null);
    }

    private static Dictionary<string, string> Form(Exchange x) =>
        QueryHelpers.ParseQuery(Encoding.UTF8.GetString(x.Body)).ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal);
}
