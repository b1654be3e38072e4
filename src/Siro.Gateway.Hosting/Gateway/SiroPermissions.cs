namespace Siro.Gateway.Hosting;

/// <summary>What a client of the gateway may do. Reads need <c>read</c>, writes <c>write</c>.</summary>
public static class SiroPermissions
{
    /// <summary>Reads of Siro's external API.</summary>
    public const string ExternalRead = "external:read";

    /// <summary>Writes of Siro's external API.</summary>
    public const string ExternalWrite = "external:write";

    /// <summary>Tokens, OAuth apps, users and connections of Siro's external API.</summary>
    public const string ExternalAdmin = "external:admin";

    /// <summary>Reads of Siro's platform and internal APIs, and merged recordings.</summary>
    public const string PlatformRead = "platform:read";

    /// <summary>Writes of Siro's platform and internal APIs.</summary>
    public const string PlatformWrite = "platform:write";

    /// <summary>Uploads, made and read.</summary>
    public const string UploadsWrite = "uploads:write";

    /// <summary>Calls, notified and read.</summary>
    public const string CallsWrite = "calls:write";

    /// <summary>The log of events and deliveries.</summary>
    public const string EventsRead = "events:read";

    /// <summary>Subscriptions, their secrets, tests and replays.</summary>
    public const string SubscriptionsWrite = "subscriptions:write";

    /// <summary>CRM engagements and opportunities.</summary>
    public const string SyncWrite = "sync:write";

    /// <summary>Reps by email, phone or CRM id.</summary>
    public const string PeopleRead = "people:read";

    /// <summary>Deep links and conversation types.</summary>
    public const string LinksRead = "links:read";

    /// <summary>Everything of the client's organization.</summary>
    public const string Admin = "admin";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ExternalRead, ExternalWrite, ExternalAdmin, PlatformRead, PlatformWrite, UploadsWrite, CallsWrite,
        EventsRead, SubscriptionsWrite, SyncWrite, PeopleRead, LinksRead, Admin,
    ];
}
