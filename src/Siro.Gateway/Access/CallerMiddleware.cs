using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>
/// Between authentication and authorization: makes the <see cref="Caller"/> of an authenticated client, on the organization that it works
/// on.
/// Who is not authenticated is left to the endpoint's policy.
/// </summary>
internal sealed class CallerMiddleware(RequestDelegate next, ISettings<SiroOptions> siro)
{
    public const string OrganizationHeader = "Siro-Organization";

    /// <summary>Headers that the gateway itself reads: a second one would let two readers see two values.</summary>
    private static readonly string[] SingleHeaders = [OrganizationHeader, ActingUserMiddleware.UserHeader, "Idempotency-Key", "Prefer"];

    public Task InvokeAsync(HttpContext context)
    {
        var access = EndpointAccess.Of(context);
        if (access is not (null or EndpointAccess.PerOperation))
        {
            // The gateway's own answers; Siro's pass with Siro's headers.
            context.Response.Headers.XContentTypeOptions = "nosniff";
        }

        return access is { NeedsCaller: true } && context.User is ClientPrincipal client && Refusal(context, client) is { } refusal
            ? ProblemResult.WriteAsync(context, refusal)
            : next(context);
    }

    private Problem? Refusal(HttpContext context, ClientPrincipal who)
    {
        var headers = context.Request.Headers;
        foreach (var name in SingleHeaders)
        {
            if (headers.TryGetValue(name, out var values) && values.Count > 1)
            {
                return new Problem(400, "duplicate_header", $"The header {name} was sent more than once.");
            }
        }

        var (organization, problem) = Organization(who.Client, headers[OrganizationHeader].ToString());
        if (problem is not null)
        {
            return problem;
        }

        context.SetCaller(who.On(organization));
        return null;
    }

    private (OrganizationKey Organization, Problem? Problem) Organization(Client client, string named)
    {
        var organizations = siro.Current.Organizations;
        if (named.Length > 0)
        {
            var wanted = new OrganizationKey(named);
            if (client.ChoosesOrganization)
            {
                return siro.Current.Find(wanted) is not null
                    ? (wanted, null)
                    : (default, new Problem(400, "unknown_organization", "Siro-Organization names no organization of this gateway."));
            }

            return wanted == Own(client, organizations)
                ? (wanted, null)
                : (default,
                    new Problem(403, "organization_forbidden", "This client may not work on the organization named by Siro-Organization."));
        }

        return Own(client, organizations) is { } own
            ? (own, null)
            : (default,
                new Problem(400, "organization_required", "This client works on several organizations: name one by Siro-Organization."));
    }

    private static OrganizationKey? Own(Client client, Dictionary<string, OrganizationOptions> organizations) =>
        client.Organization ?? (organizations.Count == 1 ? new OrganizationKey(organizations.Keys.First()) : null);
}
