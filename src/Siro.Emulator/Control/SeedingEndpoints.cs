using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Organizations;

namespace Siro.Emulator.Control;

/// <summary>State from outside: organizations, people, webhooks, in bulk where asked.</summary>
internal sealed class SeedingEndpoints(EmulatorHost emulator)
{
    public void Map(RouteTable routes)
    {
        routes.Add("POST", "/organizations", x => new(AddOrganization(Json(x))));
        routes.Add("POST", "/organizations/{id}/users", x => new(AddUsers(Organization(x), Json(x))));
        routes.Add("POST", "/organizations/{id}/webhooks", x => new(AddWebhook(Organization(x), Json(x))));
        routes.Add("POST", "/organizations/{id}/events", x => new(SendEvent(Organization(x), Json(x))));
        routes.Add("POST", "/tokens/revoke",
            x => new(Answer.Ok(new { revoked = emulator.State.Tokens.RevokeUserTokens(Text(Json(x), "userId")) })));
        routes.Add("POST", "/tokens/revoke-client", _ => new(Answer.Ok(new { revoked = emulator.State.Tokens.RevokeClientTokens() })));
        routes.Add("GET", "/objects",
            _ => new(Answer.Ok(new { data = emulator.Objects.All.Select(
            o => new { name = o.Name, length = o.Length, sha256 = o.Sha256, contentType = o.ContentType, puts = o.Puts }) })));
        routes.Add("GET", "/recordings", _ => new(Answer.Ok(new { data = emulator.State.Recordings.All })));
    }

    internal static JsonElement Json(Exchange x) =>
        x.Body.Length == 0
            ? JsonSerializer.SerializeToElement(new { }) : x.TryJson(out var json) ? json : throw new JsonException("Invalid JSON");

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int Number(JsonElement json, string name, int otherwise) =>
        json.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;

    /// <summary>The organization in the path; <c>default</c> is the seeded one.</summary>
    internal static Organization Organization(EmulatorHost emulator, Exchange x) => x["id"] is "default"
        ? emulator.Default.Organization
        : emulator.State.Organization(x["id"]) ?? throw new KeyNotFoundException("No such organization");

    private Organization Organization(Exchange x) => Organization(emulator, x);

    private Answer AddOrganization(JsonElement json)
    {
        var seeded = emulator.State.Seed(
            Text(json, "name") ?? "Organization", Number(json, "users", 3), Text(json, "token"), Text(json, "clientSecret"));
        return Answer.Of(201, new
        {
            id = seeded.Id,
            token = seeded.Token,
            clientId = seeded.ClientId,
            clientSecret = seeded.ClientSecret,
            users = seeded.Users,
            connectionId = seeded.Connection.Id,
        });
    }

    private Answer AddUsers(Organization organization, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            var now = Moment.Now(emulator.Options.Time);
            foreach (var item in json.EnumerateArray())
            {
                organization.Users.Add(new SiroUser
                {
                    Id = Text(item, "id") ?? Identifiers.NewUuid(),
                    OrganizationId = organization.Id,
                    Email = Text(item, "email"),
                    PhoneNumber = Text(item, "phoneNumber"),
                    FirstName = Text(item, "firstName"),
                    LastName = Text(item, "lastName"),
                    ExternalId = Text(item, "externalId"),
                    CreatedAt = now,
                });
            }
        }
        else
        {
            emulator.State.AddUsers(organization, Number(json, "count", 1));
        }

        return Answer.Of(201, new { users = organization.Users.Count });
    }

    private static Answer AddWebhook(Organization organization, JsonElement json)
    {
        var types = json.TryGetProperty("eventTypes", out var list) ? list.EnumerateArray().Select(t => t.GetString()!).ToArray() : [];
        var secret = organization.Webhooks.Add(
            new Uri(Text(json, "url") ?? throw new ArgumentException("url is missing", nameof(json))), Text(json, "secret"), types);
        return Answer.Of(201, new { secret });
    }

    private Answer SendEvent(Organization organization, JsonElement json)
    {
        var type = Text(json, "eventType") ?? throw new ArgumentException("eventType is missing", nameof(json));
        object payload = json.TryGetProperty("payload", out var value) ? value : new { eventType = type };
        var ids = Enumerable.Range(0, Number(json, "count", 1))
            .Select(_ => emulator.Webhooks.Emit(organization, type, payload, Text(json, "id")).Id)
            .ToArray();
        return Answer.Of(202, new { ids });
    }
}
