using Siro.Gateway.Store;

namespace Siro.Gateway.People;

/// <summary>An organization's roster; one slot an organization.</summary>
internal static class PeopleKeys
{
    /// <summary>String: the roster, compressed; kept a day.</summary>
    public static string Roster(string organization) => StoreKeys.Key("people:" + organization, "roster");

    /// <summary>String: the roster's version; gone when it is no longer fresh.</summary>
    public static string Fresh(string organization) => StoreKeys.Key("people:" + organization, "fresh");

    /// <summary>String: set while a miss may not cause another reading.</summary>
    public static string Missed(string organization) => StoreKeys.Key("people:" + organization, "missed");
}
