using System.Text.Json;

namespace Siro.Gateway.Sync;

/// <summary>
/// What is synced: the path of Siro's batch operation and the contract that each item is checked against before it costs budget.
/// </summary>
internal sealed record SyncKind(string Name, string BatchPath, SyncField[] Contract)
{
    private static readonly string[] ActivityTypes = [
        "MEETING", "CALL", "APPOINTMENT", "EMAIL", "TEXT", "EVENT", "SIRO_EVENT", "SIRO_BOT_RECORDING"];
    private static readonly string[] Dispositions = ["OPEN", "LOST", "WON"];

    // An account without externalId is accepted by the contract: it then describes the account in place.
    private static readonly SyncField[] Account =
    [
        SyncField.Text("externalId"), SyncField.Text("name"), SyncField.Number("latitude"), SyncField.Number("longitude"),
        SyncField.Texts("phoneNumbers"), SyncField.Texts("emailAddresses"), SyncField.Date("lastActivityAt"), SyncField.Date("deletedAt"),
        SyncField.Many("addresses",
            [.. new[] { "country", "street", "city", "state", "zip" }.Select(name => SyncField.Text(name) with { Required = true })]),
        SyncField.One("owner", SyncField.Id("externalId")),
    ];

    private static readonly SyncField[] Contact = [
        SyncField.Id("externalId"), .. Account.Where(f => f.Name != "externalId"), SyncField.One("account", Account)];

    /// <summary>Siro's <c>PUT /v1/integrations/sync/batch/engagements</c>.</summary>
    public static readonly SyncKind Engagements = new("engagements", "/v1/integrations/sync/batch/engagements",
    [
        SyncField.Id("externalId"), SyncField.Enum("direction", ["INBOUND", "OUTBOUND"]), SyncField.Text("content"),
        SyncField.Text("subject"),
        SyncField.Date("startTime"), SyncField.Date("startTimeLocalized"), SyncField.Date("endTime"),
        SyncField.Date("remoteCreatedAt"), SyncField.Date("remoteUpdatedAt"), SyncField.Date("deletedAt"),
        SyncField.Text("engagementTypeId"),
        SyncField.One("engagementType", SyncField.Text("externalId"), SyncField.Id("name"),
            SyncField.Enum("activityType", ActivityTypes) with { Required = true }),
        SyncField.One("account", Account),
        SyncField.Many("engagementUsers", SyncField.Id("externalId"), SyncField.Email("email") with { Required = true },
            SyncField.Text("name"), SyncField.Number("shareOfSale"), SyncField.Date("deletedAt")),
        SyncField.One("opportunity", SyncField.Id("externalId"), SyncField.Text("name"), SyncField.Number("amount"),
            SyncField.Date("closedAt"), SyncField.Date("remoteCreatedAt"), SyncField.Date("lastActivityAt"),
            SyncField.Enum("disposition", Dispositions), SyncField.Flag("copyEngagementRelationships")),
        SyncField.One("lead",
            [SyncField.Id("externalId"), SyncField.Text("firstName"), SyncField.Text("lastName"),
            .. Account.Where(f => f.Name is not ("externalId" or "name"))]),
        SyncField.One("contact", Contact),
    ]);

    /// <summary>Siro's <c>PUT /v1/integrations/sync/batch/opportunities</c>.</summary>
    public static readonly SyncKind Opportunities = new("opportunities", "/v1/integrations/sync/batch/opportunities",
    [
        SyncField.Id("externalId"), SyncField.Text("name"), SyncField.Number("amount"), SyncField.Date("closedAt"),
        SyncField.Date("remoteCreatedAt"),
        SyncField.Date("lastActivityAt"), SyncField.Date("deletedAt"), SyncField.Enum("disposition", Dispositions),
        SyncField.Text("accountId"),
        SyncField.One("account", Account), SyncField.One("contact", Contact),
        SyncField.Many("opportunityContacts", [.. Contact, SyncField.Flag("isPrimary")]),
        SyncField.Many("opportunityUsers", SyncField.Id("externalId"), SyncField.Email("email"), SyncField.Text("name"),
            SyncField.Number("shareOfSale"), SyncField.Date("deletedAt")),
    ]);
}

/// <summary>The forms that a field of the contract takes.</summary>
internal enum SyncForm
{
    Text,
    Number,
    Flag,
    Date,
    Email,
    Enum,
    Texts,
    One,
    Many,
}

/// <summary>One field of the contract. Unknown fields pass: Siro's contract does not forbid them, and may grow.</summary>
internal sealed record SyncField(string Name, SyncForm Form)
{
    public bool Required { get; init; }

    public string[] Values { get; init; } = [];

    public SyncField[] Fields { get; init; } = [];

    public static SyncField Text(string name) => new(name, SyncForm.Text);

    public static SyncField Id(string name) => new(name, SyncForm.Text) { Required = true };

    public static SyncField Number(string name) => new(name, SyncForm.Number);

    public static SyncField Flag(string name) => new(name, SyncForm.Flag);

    public static SyncField Date(string name) => new(name, SyncForm.Date);

    public static SyncField Email(string name) => new(name, SyncForm.Email);

    public static SyncField Enum(string name, string[] values) => new(name, SyncForm.Enum) { Values = values };

    public static SyncField Texts(string name) => new(name, SyncForm.Texts);

    public static SyncField One(string name, params SyncField[] fields) => new(name, SyncForm.One) { Fields = fields };

    public static SyncField Many(string name, params SyncField[] fields) => new(name, SyncForm.Many) { Fields = fields };
}

/// <summary>What is wrong with an item, in the shape of Siro's own issues (Zod): code, path from the item's root, message.</summary>
public sealed record SyncIssue(string Code, IReadOnlyList<JsonElement> Path, string Message);
