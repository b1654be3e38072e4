namespace Siro.Gateway.Access;

/// <summary>The words that <c>Clients:{name}:Permissions</c> and a JWT's <c>roles</c> carry.</summary>
public static class Permissions
{
    public const string ExternalRead = "external:read";
    public const string ExternalWrite = "external:write";
    public const string ExternalAdmin = "external:admin";
    public const string PlatformRead = "platform:read";
    public const string PlatformWrite = "platform:write";
    public const string UploadsWrite = "uploads:write";
    public const string CallsWrite = "calls:write";
    public const string EventsRead = "events:read";
    public const string SubscriptionsWrite = "subscriptions:write";
    public const string SyncWrite = "sync:write";
    public const string PeopleRead = "people:read";
    public const string LinksRead = "links:read";
    public const string Admin = "admin";

    /// <summary>All of them; anything else in the configuration is an error.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        ExternalRead, ExternalWrite, ExternalAdmin, PlatformRead, PlatformWrite, UploadsWrite, CallsWrite,
        EventsRead, SubscriptionsWrite, SyncWrite, PeopleRead, LinksRead, Admin,
    ];
}
