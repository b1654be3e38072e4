namespace Siro.Gateway.Store;

internal static partial class StoreKeys
{
    /// <summary>An organization's roster; one slot an organization.</summary>
    internal static class People
    {
        /// <summary>String: the roster, compressed; kept a day.</summary>
        public static string Roster(string organization) => Key("people:" + organization, "roster");

        /// <summary>String: the roster's version; gone when it is no longer fresh.</summary>
        public static string Fresh(string organization) => Key("people:" + organization, "fresh");

        /// <summary>String: set while a miss may not cause another reading.</summary>
        public static string Missed(string organization) => Key("people:" + organization, "missed");
    }
}
