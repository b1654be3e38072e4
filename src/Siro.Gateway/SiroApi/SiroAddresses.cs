using Microsoft.Extensions.Primitives;

namespace Siro.Gateway.SiroApi;

/// <summary>Where Siro's hosts are. They stand once, in <c>ReverseProxy:Clusters:{external|platform|internal}:Destinations:siro:Address</c>.</summary>
public sealed class SiroAddresses : IDisposable
{
    private readonly IConfiguration _configuration;
    private readonly IDisposable _following;
    private volatile Uri?[] _known = new Uri?[Enum.GetValues<SiroHost>().Length];

    /// <summary>Follows the configuration: a changed address is in force with the next call.</summary>
    public SiroAddresses(IConfiguration configuration)
    {
        _configuration = configuration;
        _following = ChangeToken.OnChange(configuration.GetReloadToken, () => _known = new Uri?[_known.Length]);
    }

    /// <summary>The configuration path of a host's address.</summary>
    public static string Path(SiroHost host) => $"ReverseProxy:Clusters:{host.Cluster()}:Destinations:siro:Address";

    /// <summary>The host's address, ending in a slash.</summary>
    public Uri this[SiroHost host]
    {
        get
        {
            // A change in between puts another array in place, so that nothing old is ever kept in the new one.
            var known = _known;
            return known[(int)host] ??= new Uri(_configuration[Path(host)]!.TrimEnd('/') + "/");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _following.Dispose();
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
