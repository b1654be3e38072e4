using System.Net;
using System.Net.Sockets;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// Where a signed URL may point: to one of <c>Uploads:StorageHosts</c>, over https. A private address, and plain http, only when the
/// platform itself is at a private address (a test system): a public Siro never signs for a host of this network.
/// </summary>
internal sealed class StorageRules(ISettings<UploadsOptions> options, SiroAddresses addresses)
{
    private static readonly string[] PrivateNetworks = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"];

    private static readonly OutboundRules Public = new("storage");
    private static readonly OutboundRules Private = Public with { AllowedNetworks = OutboundRules.Networks(PrivateNetworks) };

    /// <summary>The rules for this URL, or why nothing may be sent there.</summary>
    public async Task<StepResult<OutboundRules>> ForAsync(Uri url, CancellationToken cancellationToken)
    {
        var isPrivate = await IsPrivateAsync(addresses[SiroHost.Platform], cancellationToken);
        var isListed = options.Current.EffectiveStorageHosts.Any(
            h => h.Equals(url.Host, StringComparison.OrdinalIgnoreCase) || h.Equals(url.Authority, StringComparison.OrdinalIgnoreCase));
        if (isListed && (url.Scheme == Uri.UriSchemeHttps || (isPrivate && url.Scheme == Uri.UriSchemeHttp)))
        {
            return isPrivate ? Private : Public;
        }

        return new StepFailure(
            StepVerdict.Refused,
            502,
            "storage_forbidden",
            isListed
                ? "Siro signed a URL without TLS."
                : $"Siro signed a URL of the host {url.Host}, which is none of Uploads:StorageHosts.");
    }

    private static async Task<bool> IsPrivateAsync(Uri platform, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(platform.Host.Trim('[', ']'), out var literal))
        {
            return !AddressGuard.Allows(literal, []);
        }

        try
        {
            var resolved = await Dns.GetHostAddressesAsync(platform.Host, cancellationToken);
            return resolved.Length > 0 && resolved.All(a => !AddressGuard.Allows(a, []));
        }
        catch (SocketException)
        {
            return false; // Not found: the strict rules, until it is.
        }
    }
}
