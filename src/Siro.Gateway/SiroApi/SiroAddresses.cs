using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// Where Siro's hosts are. They stand once, in <c>ReverseProxy:Clusters:{external|platform|internal}:Destinations:siro:Address</c>.
/// </summary>
public sealed class SiroAddresses(ISettings<SiroOptions> options)
{
    /// <summary>The configuration path of a host's address.</summary>
    public static string Path(SiroHost host) => $"ReverseProxy:Clusters:{host.Cluster()}:Destinations:siro:Address";

    /// <summary>
    /// The host's address, ending in a slash. A changed one is in force with the next call, and only with everything else that changed.
    /// </summary>
    public Uri this[SiroHost host] => options.Current.Addresses[host];
}

/// <summary>Names of hosts.</summary>
public static class SiroHostNames
{
    /// <summary>The YARP cluster and URL prefix of a host.</summary>
    public static string Cluster(this SiroHost host) => host switch
    {
        SiroHost.External => "external",
        SiroHost.Platform => "platform",
        _ => "internal",
    };
}
