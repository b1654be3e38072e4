using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.People;

/// <summary>Reads all users of an organization by cursor (<c>GET /v1/core/users</c> on <c>external</c>).</summary>
internal sealed class PeopleReader(SiroClient siro)
{
    private const int PageSize = 100;

    /// <summary>100 users a page; an organization with more than this many pages is beyond what a list in memory is for.</summary>
    private const int MaxPages = 2000;

    /// <summary>Everybody, in Siro's order. Throws <see cref="ProblemException"/> as the Siro client says.</summary>
    public async Task<List<Person>> ReadAsync(OrganizationKey organization, ClientName client, CancellationToken cancellationToken)
    {
        var people = new List<Person>();
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var request = new SiroRequest
            {
                Organization = organization,
                Host = SiroHost.External,
                Client = client,
                Priority = Priority.Batch,
                Operation = "GET /v1/core/users",
                Idempotent = true,
            };
            var path = $"/v1/core/users?pageSize={PageSize}" + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor));
            using var answer = await siro.ReadAsync(request, HttpMethod.Get, path, null, cancellationToken);
            var root = answer.RootElement;
            var users = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) ? data : root;
            if (users.ValueKind != JsonValueKind.Array)
            {
                throw new ProblemException(new Problem(502, "siro_answer_unreadable", "Siro's list of users has an unknown shape."));
            }

            people.AddRange(users.EnumerateArray().Select(Read).OfType<Person>());
            var next = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("cursor", out var c)
                && c.ValueKind == JsonValueKind.String ? c.GetString() : null;
            if (string.IsNullOrEmpty(next) || next == cursor || users.GetArrayLength() == 0)
            {
                break;
            }

            cursor = next;
        }

        return people;
    }

    private static Person? Read(JsonElement user)
    {
        string? Text(string name) =>
            user.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return user.ValueKind == JsonValueKind.Object && Text("id") is { Length: > 0 } id
            ? new Person
            {
                Id = id,
                Email = Text("email"),
                PhoneNumber = Text("phoneNumber"),
                FirstName = Text("firstName"),
                LastName = Text("lastName"),
                ExternalId = Text("externalId"),
                Disabled = user.TryGetProperty("disabled", out var disabled) && disabled.ValueKind == JsonValueKind.True,
            }
            : null;
    }
}
