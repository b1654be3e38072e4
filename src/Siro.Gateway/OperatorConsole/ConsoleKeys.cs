using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole;

/// <summary>The console's keys in the store.</summary>
internal static class ConsoleKeys
{
    /// <summary>One session (an encrypted value); <paramref name="hash"/> is that of its id, so that whoever reads the store has no session.</summary>
    public static string Session(string hash) => StoreKeys.Key("session:" + hash, "");

    /// <summary>A sign-in at the provider that was begun (an encrypted value).</summary>
    public static string SignIn(string hash) => StoreKeys.Key("sign-in:state:" + hash, "");

    /// <summary>A counter of attempts to sign in, by address or by key.</summary>
    public static string Attempts(string kind, string hash) => StoreKeys.Key($"sign-in:{kind}:{hash}", "");

    /// <summary>A bucket of an organization's figures; all of an organization's share a slot. <paramref name="kind"/>: <c>m</c>, <c>q</c> (minute, quarter of an hour), <c>sm</c>, <c>sq</c> (the same by subscription).</summary>
    public static string Figures(OrganizationKey organization, string kind, long number) =>
        StoreKeys.Key("figures:" + organization.Value, string.Create(CultureInfo.InvariantCulture, $"{kind}:{number}"));

    /// <summary>When each client of an organization was last seen.</summary>
    public static string Seen(OrganizationKey organization) => StoreKeys.Key("figures:" + organization.Value, "seen");

    /// <summary>What each replica last said of itself.</summary>
    public static string Replicas { get; } = StoreKeys.Key("console", "replicas");
}
