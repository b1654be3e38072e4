using Siro.Emulator.Validation;

namespace Siro.Emulator.Sync;

/// <summary>The payloads of CRM sync, as published: unknown properties are ignored, known ones are checked.</summary>
internal static class SyncShapes
{
    private static readonly Shape TextOrNull = Shape.OrNull(Shape.Text());
    private static readonly Shape DateOrNull = Shape.OrNull(Shape.Date);
    private static readonly Shape Addresses = Shape.ListOf(Shape.Of(strict: false,
        ("country", Shape.Text()), ("street", Shape.Text()), ("city", Shape.Text()), ("state", Shape.Text()), ("zip", Shape.Text())));

    private static readonly Shape Account = Party(("externalId?", Shape.Text(1)), ("name?", Shape.Text()));
    private static readonly Shape Contact = Party(
        ("externalId", Shape.Text(1)), ("name?", Shape.Text()), ("account?", Account), ("isPrimary?", Shape.Flag));
    private static readonly Shape Lead = Party(("externalId", Shape.Text(1)), ("firstName?", Shape.Text()), ("lastName?", Shape.Text()));

    private static readonly Shape Users = Shape.ListOf(Shape.Of(strict: false,
        ("externalId", Shape.Text(1)), ("email?", Shape.Text()), ("shareOfSale?", Shape.Number), ("name?", Shape.Text()),
        ("deletedAt?", DateOrNull)));

    public static readonly Shape Engagement = Shape.Of(strict: false,
        ("externalId", Shape.Text(1)),
        ("direction?", Shape.OrNull(Shape.OneOf("INBOUND", "OUTBOUND"))),
        ("content?", TextOrNull),
        ("subject?", TextOrNull),
        ("startTime?", DateOrNull),
        ("startTimeLocalized?", TextOrNull),
        ("endTime?", DateOrNull),
        ("remoteCreatedAt?", DateOrNull),
        ("remoteUpdatedAt?", DateOrNull),
        ("deletedAt?", DateOrNull),
        ("engagementTypeId?", TextOrNull),
        ("engagementType?", Shape.Of(strict: false,
            ("externalId?", Shape.Text()),
            ("name", Shape.Text()),
            ("activityType", Shape.OneOf("MEETING", "CALL", "APPOINTMENT", "EMAIL", "TEXT", "EVENT", "SIRO_EVENT", "SIRO_BOT_RECORDING")))),
        ("account?", Account),
        ("engagementUsers?", Users),
        ("opportunity?", Shape.Of(strict: false,
            ("externalId", Shape.Text(1)),
            ("name?", Shape.Text()),
            ("amount?", Shape.Number),
            ("closedAt?", Shape.Date),
            ("remoteCreatedAt?", Shape.Date),
            ("lastActivityAt?", Shape.Date),
            ("disposition?", Shape.OneOf("OPEN", "LOST", "WON")),
            ("copyEngagementRelationships?", Shape.Flag))),
        ("lead?", Lead),
        ("contact?", Contact));

    public static readonly Shape Opportunity = Shape.Of(strict: false,
        ("externalId", Shape.Text(1)),
        ("name?", Shape.Text()),
        ("amount?", Shape.Number),
        ("closedAt?", Shape.Date),
        ("remoteCreatedAt?", Shape.Date),
        ("lastActivityAt?", Shape.Date),
        ("deletedAt?", DateOrNull),
        ("disposition?", Shape.OneOf("OPEN", "LOST", "WON")),
        ("accountId?", TextOrNull),
        ("account?", Account),
        ("contact?", Contact),
        ("opportunityContacts?", Shape.ListOf(Contact)),
        ("opportunityUsers?", Users));

    private static Shape Party(params (string, Shape)[] own) => Shape.Of(strict: false,
    [
        .. own,
        ("latitude?", Shape.Number),
        ("longitude?", Shape.Number),
        ("addresses?", Addresses),
        ("phoneNumbers?", Shape.ListOf(Shape.Text())),
        ("emailAddresses?", Shape.ListOf(Shape.Text())),
        ("lastActivityAt?", Shape.Date),
        ("deletedAt?", DateOrNull),
        ("owner?", Shape.Of(strict: false, ("externalId", Shape.Text(1)))),
    ]);
}
