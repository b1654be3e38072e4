using Siro.Emulator.Hosting;
using Siro.Emulator.Validation;

namespace Siro.Emulator.Organizations;

/// <summary>Organizations, users, CRM connections (external) and conversation types (platform and internal).</summary>
internal sealed class OrganizationEndpoints(EmulatorOptions options)
{
    private static readonly Shape UserBody = Shape.Of(strict: false,
        ("email", Shape.Text(3)), ("organizationId", Shape.Text(1)), ("phoneNumber?", Shape.Text()), ("firstName?", Shape.Text()),
        ("lastName?", Shape.Text()), ("externalId?", Shape.Text()));

    private static Answer NoUser { get; } = Answer.Error(404, "User not found");

    public void MapExternal(RouteTable external)
    {
        external.Add("GET", "/v1/core/users", x => new(Users(x)));
        external.Add("POST", "/v1/core/users", x => new(AddUser(x)));
        external.Add(
            "GET", "/v1/core/users/{id}", x => new(x.Organization.Users.ById(x["id"]) is { } user ? Answer.Ok(Show(user)) : NoUser));
        external.Add("GET", "/v1/core/integrations/connections", x => new(Connections(x)));
        external.Add(
            "GET", "/v1/core/organizations", x => new(Answer.Ok(new { data = new[] { Show(x.Organization) }, cursor = (string?)null })));
        external.Add("GET", "/v1/core/organizations/{id}",
            x => new(x["id"] == x.Organization.Id ? Answer.Ok(Show(x.Organization)) : Answer.Error(403, "Forbidden")));
    }

    public void MapUserHosts(RouteTable platform, RouteTable @internal)
    {
        const string path = "/v1/core/conversation-configurations";
        platform.Add("GET", path, x => new(ConversationTypes(x)));
        @internal.Add("GET", path, x => new(ConversationTypes(x)));
        platform.Add("GET", "/v1/core/organizations/{id}/users", x => new(x["id"] == x.Organization.Id
            ? Page(x, "limit", 100, 100, _ =>
                true, u =>
                    (object)new { uid = u.Id, email = u.Email, phoneNumber = u.PhoneNumber, firstName = u.FirstName, lastName = u.LastName,
                        organizationId = u.OrganizationId, externalId = u.ExternalId, disabled = u.Disabled, billable = true })
            : Answer.Error(403, "Forbidden")));
    }

    private static object Show(SiroUser u) => new
    {
        id = u.Id,
        email = u.Email,
        organizationId = u.OrganizationId,
        phoneNumber = u.PhoneNumber,
        firstName = u.FirstName,
        lastName = u.LastName,
        memberTeamId = (string?)null,
        coachTeamIds = Array.Empty<string>(),
        externalId = u.ExternalId,
        createdAt = u.CreatedAt,
        disabled = u.Disabled,
        billable = true,
    };

    private static object Show(Organization organization) => new
    {
        id = organization.Id,
        name = organization.Name,
        disabled = false,
        industries = Array.Empty<object>(),
        integrations =
            organization.Connections.Select(c => new { id = c.Id, name = c.Name, externalAccountId = c.Id, integrationPlatform = c.Platform,
            createdAt = c.CreatedAt, updatedAt = c.CreatedAt, isActive = true }),
        teams = Array.Empty<object>(),
    };

    private static Answer Page(
        Exchange x, string sizeName, int otherwise, int most, Func<SiroUser, bool> filter, Func<SiroUser, object> show)
    {
        if (!Cursor.TryPosition(x, out var start))
        {
            return Cursor.Invalid;
        }

        var (users, next) = x.Organization.Users.Page(start, Cursor.Size(x, sizeName, otherwise, most), filter);
        return Answer.Ok(new { data = users.Select(show), cursor = Cursor.Of(next) });
    }

    private Answer Users(Exchange x)
    {
        var externalId = x.Query("externalId");
        var email = x.Query("email");
        var disabled = x.Query("disabled");
        return Page(x, "pageSize", 25, options.MaxPageSize, u =>
            (externalId is null || u.ExternalId == externalId)
            && (email is null || email.Equals(u.Email, StringComparison.OrdinalIgnoreCase))
            && (disabled is null || u.Disabled == (disabled is "true")), Show);
    }

    private Answer AddUser(Exchange x)
    {
        if (!x.TryJson(out var body))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        if (UserBody.Check(body) is { Count: > 0 } issues)
        {
            return ZodIssue.Refusal(issues);
        }

        if (body.GetProperty("organizationId").GetString() != x.Organization.Id)
        {
            return Answer.Error(403, "Forbidden");
        }

        string? Text(string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;
        var user = new SiroUser
        {
            Id = Identifiers.NewUuid(),
            OrganizationId = x.Organization.Id,
            Email = Text("email"),
            PhoneNumber = Text("phoneNumber"),
            FirstName = Text("firstName"),
            LastName = Text("lastName"),
            ExternalId = Text("externalId"),
            CreatedAt = Moment.Now(options.Time),
        };
        x.Organization.Users.Add(user);
        x.Entry.AddEffect(user.Id);
        return Answer.Ok(Show(user));
    }

    private static Answer Connections(Exchange x)
    {
        var platform = x.Query("integrationPlatform");
        return Answer.Ok(new
        {
            data = x.Organization.Connections.Where(c => platform is null || c.Platform == platform).Select(c => new
            {
                id = c.Id,
                name = c.Name,
                externalAccountId = c.Id,
                organizationId = x.Organization.Id,
                integrationPlatform = c.Platform,
                createdAt = c.CreatedAt,
                updatedAt = c.CreatedAt,
                isActive = true,
                syncStatus = Array.Empty<object>(),
            }),
            cursor = (string?)null,
        });
    }

    /// <summary>For members and admins of the organization only.</summary>
    private static Answer ConversationTypes(Exchange x)
    {
        if (x.Query("organizationId") is not { Length: > 0 } organizationId)
        {
            return ZodIssue.Refusal(
                [new ZodIssue("invalid_type", ["organizationId"], "Required") { Expected = "string", Received = "undefined" }]);
        }

        return organizationId != x.Organization.Id
            || (x.Token!.Kind != Access.TokenKind.Client && x.Token.User is not { IsMember: true, Disabled: false })
            ? Answer.Error(403, "User is not a member or admin of this organization")
            : Answer.Ok(new
            {
                data = x.Organization.ConversationTypes.Select(t => new
                {
                    id = t.Id,
                    conversationType = t.TypeId,
                    displayName = t.DisplayName,
                    orgId = x.Organization.Id,
                    expressions = Array.Empty<object>(),
                    debriefQuestions = Array.Empty<object>(),
                    belongsToConfigGroups = Array.Empty<string>(),
                }),
                cursor = (string?)null,
            });
    }
}
