using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.People;

/// <summary>Rep lookup: email, phone, CRM id or Siro id to the Siro user.</summary>
internal static class PeopleFeature
{
    private static readonly (string Name, PersonKey Key)[] Keys =
        [("email", PersonKey.Email), ("phone", PersonKey.Phone), ("externalId", PersonKey.ExternalId), ("id", PersonKey.Id)];

    public static void AddPeople(this WebApplicationBuilder builder)
    {
        builder.AddSettings<PeopleOptions>("People", (options, candidates, errors) =>
        {
            errors.Require(options.FreshFor >= TimeSpan.FromSeconds(1), "People:FreshFor", "must be at least 00:00:01");
            errors.Require(options.MissInterval >= TimeSpan.FromSeconds(1), "People:MissInterval", "must be at least 00:00:01");
            foreach (var (name, organization) in candidates.Get<SiroOptions>().Organizations)
            {
                errors.Require(organization.DefaultRegion is { Length: 2 } region && region.All(char.IsAsciiLetter),
                    $"Siro:Organizations:{name}:DefaultRegion", "must be a region's two letters (ISO 3166), e.g. US");
            }
        });
        builder.Services.AddSingleton<PeopleReader>();
        builder.Services.AddSingleton<PeopleStore>();
        builder.Services.AddSingleton<PeopleDirectory>();
        builder.Services.AddSingleton<IUserDirectory, PeopleUserDirectory>();
    }

    public static void MapPeople(this WebApplication app) => app.MapGet("/v1/people", FindAsync)
        .RequirePermission(Permissions.PeopleRead)
        .WithTags("People")
        .WithSummary("Who is this rep: by exactly one of email, phone, externalId, id")
        .WithDescription(
            "None, one, or several: ambiguity is an answer. Phone numbers are compared as E.164; a number without country code is "
            + "read in the organization's DefaultRegion. At most 15 minutes old.")
        .Produces<PersonList>()
        .WithExamples(null,
            """{"data":[{"id":"user-123","email":"rep@example.com","phoneNumber":"+15551234567","firstName":"John","lastName":"Sales","externalId":"rep-123","disabled":false}],"cursor":null}""");

    /// <summary>The parameters are declared so that they stand in the API's description; they are read from the query as it is.</summary>
    private static async Task<IResult> FindAsync(
        HttpContext context, [FromServices] PeopleDirectory people, [FromServices] ISettings<SiroOptions> siro,
        [FromQuery] string? email = null, [FromQuery] string? phone = null, [FromQuery] string? externalId = null,
        [FromQuery] string? id = null)
    {
        var values = new[] { email, phone, externalId, id };
        var given = Keys.Zip(values).Where(k => k.Second is not null).ToList();
        if (given.Find(k => context.Request.Query[k.First.Name].Count > 1) is { First.Name: { } twice })
        {
            return new ProblemResult(new Problem(400, "invalid_query", "Ask for one person at a time.") {
                Errors = [new FieldError(twice, "invalid_value", "must stand once")] });
        }

        if (given.Count != 1 || string.IsNullOrWhiteSpace(given[0].Second) || given[0].Second!.Length > 320)
        {
            var field = given.Count == 1 ? given[0].First.Name : "query";
            return new ProblemResult(new Problem(400, "invalid_query", "Ask by exactly one of email, phone, externalId, id.")
            {
                Errors =
                    [new FieldError(field, "invalid_value",
                    given.Count == 1
                    ? "must have 1 to 320 characters"
                    : $"{given.Count} of email, phone, externalId, id were given; give exactly one")],
            });
        }

        var ((name, key), value) = given[0];
        var caller = context.Caller();
        var readings = key switch
        {
            PersonKey.Phone => PhoneNumber.FromForm(value, siro.Current.Region(caller.Organization)),
            PersonKey.Email or PersonKey.Id => [PlusSign.Restored(value!)],
            _ => [value!],
        };
        var found = new List<IReadOnlyList<Person>>();
        foreach (var reading in readings)
        {
            found.Add(await people.FindAsync(caller.Organization, key, reading, caller.Client, context.RequestAborted));
        }

        return found switch
        {
            [] => new ProblemResult(new Problem(400, "invalid_query", "This is not a telephone number.") {
                Errors =
                [new FieldError(
                name, "invalid_phone", "must be a telephone number, best as +15551234567 (with %2B for the plus in a URL)")] }),
            [{ Count: > 0 } first, { Count: > 0 } second]
                when !first.Select(p => p.Id).SequenceEqual(second.Select(p => p.Id), StringComparer.Ordinal) => new ProblemResult(
                new Problem(400, "invalid_query",
                    "The number begins with a space and matches two people, with and without a country code. Send the plus as %2B, "
                    + "or remove the space.")
                {
                    Errors =
                        [new FieldError(name, "ambiguous_phone",
                        $"is {readings[0]} or {readings[1]}; send a plus as %2B, and a national number without a blank before it")],
                }),
            _ => Results.Ok(new PersonList(found[0], null)),
        };
    }
}
