namespace Siro.Emulator.Hosting;

/// <summary>The hosts that the emulator stands in for.</summary>
public enum SiroHost
{
    /// <summary>functions.siro.ai/api-externalApi: organization tokens.</summary>
    External,

    /// <summary>api.siro.ai: user tokens.</summary>
    Platform,

    /// <summary>app.siro.ai/api-internalApi: user tokens.</summary>
    Internal,

    /// <summary>storage.googleapis.com: signed URLs.</summary>
    Storage,

    /// <summary>A telephone company's API and media.</summary>
    Voip,

    /// <summary>auth.siro.ai: gives client tokens.</summary>
    Auth,
}

internal static class SiroHosts
{
    public const string ControlPrefix = "/_emulator";

    public static readonly SiroHost[] All = [
        SiroHost.External, SiroHost.Platform, SiroHost.Internal, SiroHost.Storage, SiroHost.Voip, SiroHost.Auth];

    private static readonly string[] Names = ["external", "platform", "internal", "storage", "voip", "auth"];

    public static string Name(this SiroHost host) => Names[(int)host];

    public static bool IsSiro(this SiroHost host) => host is SiroHost.External or SiroHost.Platform or SiroHost.Internal;

    /// <summary>One of Siro's own hosts: behind its CDN, and its requests are read whole.</summary>
    public static bool IsOfSiro(this SiroHost host) => host.IsSiro() || host is SiroHost.Auth;

    /// <summary>The path in front of every operation of a host with a port of its own: as in reality.</summary>
    public static string BasePath(this SiroHost host) => host switch
    {
        SiroHost.External => "/api-externalApi",
        SiroHost.Internal => "/api-internalApi",
        _ => "",
    };

    /// <summary>The path in front of every operation where all hosts share a port; platform takes what no other prefix claims.</summary>
    public static string SharedPath(this SiroHost host) => host switch
    {
        SiroHost.Storage => "/_storage",
        SiroHost.Voip => "/_voip",
        SiroHost.Auth => "/_auth",
        _ => host.BasePath(),
    };
}
