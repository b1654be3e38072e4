using Siro.Gateway.Store;

namespace Siro.Gateway.People;

/// <summary>An organization's users; one slot an organization.</summary>
internal static class PeopleKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("people:ORGANIZATION", "roster", KeyType.String, "a day", "an organization's users, compressed"),
        new(
            "people:ORGANIZATION", "fresh", KeyType.String, "`People:FreshFor`",
            "the version of the users that need not be read again yet"),
        new("people:ORGANIZATION", "missed", KeyType.String, "a while after a miss", "that an unknown user causes no other reading"),
    ];

    /// <summary>String: the users, compressed; kept a day.</summary>
    public static string People(string organization) => StoreKeys.Key("people:" + organization, "roster");

    /// <summary>String: the version of the users; gone when they are no longer fresh.</summary>
    public static string Fresh(string organization) => StoreKeys.Key("people:" + organization, "fresh");

    /// <summary>String: set while a miss may not cause another reading.</summary>
    public static string Missed(string organization) => StoreKeys.Key("people:" + organization, "missed");
}
