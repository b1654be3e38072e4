using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>Lets a request through to its endpoint when the endpoint's access rule is met. An endpoint without a rule is met by nobody.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, Authenticator authenticator, ActingUsers actingUsers, ISettings<SiroOptions> siro)
{
    public const string OrganizationHeader = "Siro-Organization";
    public const string UserHeader = "Siro-User";

    /// <summary>Headers that the gateway itself reads: a second one would let two readers see two values.</summary>
    private static readonly string[] SingleHeaders = [OrganizationHeader, UserHeader, "Idempotency-Key", "Prefer"];

    public Task InvokeAsync(HttpContext context)
    {
        // Routing's own answers (405, 415) are no route endpoints; without any endpoint it is a 404.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return next(context);
        }

        var access = endpoint.Metadata.GetMetadata<EndpointAccess>();
        if (access is not EndpointAccess.PerOperation)
        {
            // The gateway's own answers; Siro's pass with Siro's headers.
            context.Response.Headers.XContentTypeOptions = "nosniff";
        }

        return access switch
        {
            EndpointAccess.Open or EndpointAccess.Signature => next(context),
            EndpointAccess.AnyCaller => EnterAsync(context, permission: null, needsUser: false),
            EndpointAccess.Permission { Name: var name } => EnterAsync(context, name, needsUser: true),
            EndpointAccess.PerOperation { NeedsUser: var needsUser } => EnterAsync(context, permission: null, needsUser),
            _ => ProblemResult.WriteAsync(context, new Problem(403, "forbidden", "This path has no access rule, so nobody may use it.")),
        };
    }

    private async Task EnterAsync(HttpContext context, string? permission, bool needsUser)
    {
        var headers = context.Request.Headers;
        var (authenticated, problem) = await authenticator.AuthenticateAsync(headers, context.RequestAborted);
        if (authenticated is not { } who)
        {
            await ProblemResult.WriteAsync(context, problem!);
            return;
        }

        foreach (var name in SingleHeaders)
        {
            if (headers.TryGetValue(name, out var values) && values.Count > 1)
            {
                await ProblemResult.WriteAsync(context, new Problem(400, "duplicate_header", $"The header {name} was sent more than once."));
                return;
            }
        }

        (var organization, problem) = Organization(who.Client, headers[OrganizationHeader].ToString());
        if (problem is not null)
        {
            await ProblemResult.WriteAsync(context, problem);
            return;
        }

        var caller = new Caller
        {
            Client = who.Client.Name,
            Organization = organization,
            Permissions = who.Permissions,
            Weight = who.Client.Options.Weight,
            Priority = who.Client.Options.Priority,
        };
        context.SetCaller(caller);
        if (permission is not null && !caller.May(permission))
        {
            await ProblemResult.WriteAsync(context, PermissionMissing(permission));
            return;
        }

        var named = headers.TryGetValue(UserHeader, out var user) ? user.ToString() : null;
        (var actingUser, problem) = await actingUsers.DecideAsync(who.Client, organization, named, needsUser, context.RequestAborted);
        if (problem is not null)
        {
            await ProblemResult.WriteAsync(context, problem);
            return;
        }

        if (actingUser is not null)
        {
            context.SetCaller(caller with { ActingUser = actingUser });
        }

        await next(context);
    }

    /// <summary>403 <c>permission_missing</c>, which names the word that is missing.</summary>
    internal static Problem PermissionMissing(string permission) => new(403, "permission_missing", $"This client needs the permission '{permission}'.")
    {
        Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["permission"] = permission },
    };

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
                : (default, new Problem(403, "organization_forbidden", "This client may not work on the organization named by Siro-Organization."));
        }

        return Own(client, organizations) is { } own
            ? (own, null)
            : (default, new Problem(400, "organization_required", "This client works on several organizations: name one by Siro-Organization."));
    }

    private static OrganizationKey? Own(Client client, Dictionary<string, OrganizationOptions> organizations) =>
        client.Organization ?? (organizations.Count == 1 ? new OrganizationKey(organizations.Keys.First()) : null);
}
