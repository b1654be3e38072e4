using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole;

/// <summary>The console's keys in the store.</summary>
internal static class ConsoleKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("session:HASH", "", KeyType.String, "8 hours without use, 24 at most", "a session, encrypted"),
        new("sign-in:state:HASH", "", KeyType.String, "10 minutes", "a sign-in at the identity provider that was begun, encrypted"),
        new("sign-in:address:HASH", "", KeyType.String, "5 minutes", "attempts to sign in from one address"),
        new("sign-in:key:HASH", "", KeyType.String, "5 minutes", "attempts to sign in with one key"),
        new("figures:ORGANIZATION", "m:NUMBER", KeyType.Hash, "75 minutes", "what was counted in a minute"),
        new("figures:ORGANIZATION", "q:NUMBER", KeyType.Hash, "25 hours", "what was counted in a quarter of an hour"),
        new("figures:ORGANIZATION", "sm:NUMBER", KeyType.Hash, "75 minutes", "the same of a minute by subscription"),
        new("figures:ORGANIZATION", "sq:NUMBER", KeyType.Hash, "25 hours", "the same of a quarter of an hour by subscription"),
        new("figures:ORGANIZATION", "seen", KeyType.Hash, "90 days", "when each client was last seen"),
        new("console", "replicas", KeyType.Hash, null, "what each replica last said of itself"),
    ];

    /// <summary>
    /// One session (an encrypted value); <paramref name="hash"/> is that of its id, so that whoever reads the store has no session.
    /// </summary>
    public static string Session(string hash) => StoreKeys.Key("session:" + hash, "");

    /// <summary>A sign-in at the provider that was begun (an encrypted value).</summary>
    public static string SignIn(string hash) => StoreKeys.Key("sign-in:state:" + hash, "");

    /// <summary>A counter of attempts to sign in, by address or by key.</summary>
    public static string Attempts(string kind, string hash) => StoreKeys.Key($"sign-in:{kind}:{hash}", "");

    /// <summary>
    /// A bucket of an organization's figures; all of an organization's share a slot. <paramref name="kind"/>: <c>m</c>, <c>q</c> (minute,
    /// quarter of an hour), <c>sm</c>, <c>sq</c> (the same by subscription).
    /// </summary>
    public static string Figures(OrganizationKey organization, string kind, long number) =>
        StoreKeys.Key("figures:" + organization.Value, string.Create(CultureInfo.InvariantCulture, $"{kind}:{number}"));

    /// <summary>When each client of an organization was last seen.</summary>
    public static string Seen(OrganizationKey organization) => StoreKeys.Key("figures:" + organization.Value, "seen");

    /// <summary>What each replica last said of itself.</summary>
    public static string Replicas { get; } = StoreKeys.Key("console", "replicas");
}
