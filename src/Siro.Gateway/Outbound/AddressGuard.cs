using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.Outbound;

/// <summary>Decides about addresses: public ones, and those of the allowed networks; link-local and metadata addresses never.</summary>
internal static class AddressGuard
{
    /// <summary>Cloud metadata and link-local: refused even where a configured network contains them.</summary>
    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("169.254.0.0/16"),      // IPv4 link-local; AWS, Azure, GCP metadata
        IPNetwork.Parse("fe80::/10"),           // IPv6 link-local
        IPNetwork.Parse("fd00:ec2::254/128"),   // AWS metadata over IPv6
        IPNetwork.Parse("fd20:ce::254/128"),    // GCP metadata over IPv6
        IPNetwork.Parse("100.100.100.200/32"),  // Alibaba metadata
        IPNetwork.Parse("168.63.129.16/32"),    // Azure's host agent
        IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("224.0.0.0/4"),
        IPNetwork.Parse("240.0.0.0/4"),
        IPNetwork.Parse("ff00::/8"),
        IPNetwork.Parse("::/128"),
    ];

    /// <summary>
    /// Not reachable over the public internet (IANA special-purpose registries): only when a configured network contains them.
    /// </summary>
    private static readonly IPNetwork[] Special =
    [
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("::1/128"),
        IPNetwork.Parse("64:ff9b:1::/48"),
        IPNetwork.Parse("100::/64"),
        IPNetwork.Parse("2001::/23"),
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("3fff::/20"),
        IPNetwork.Parse("5f00::/16"),
        IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("fec0::/10"),
    ];

    /// <summary>True when a connection to this very address is allowed.</summary>
    public static bool Allows(IPAddress address, IReadOnlyList<IPNetwork> allowed)
    {
        address = Unwrap(address);
        if (Never.Any(n => n.Contains(address)))
        {
            return false;
        }

        return !Special.Any(n => n.Contains(address)) || allowed.Any(n => n.Contains(address));
    }

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork EmbeddedV4 = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");

    /// <summary>
    /// An IPv4 address inside an IPv6 one (mapped, translated, RFC 4291's deprecated ::a.b.c.d, NAT64, 6to4) is judged as what it reaches.
    /// </summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address) || Translated.Contains(address)
            || (EmbeddedV4.Contains(address) && !IPAddress.IPv6Loopback.Equals(address) && !IPAddress.IPv6Any.Equals(address)))
        {
            return new IPAddress(bytes.AsSpan(12, 4));
        }

        return bytes is [0x20, 0x02, ..] ? new IPAddress(bytes.AsSpan(2, 4)) : address;
    }
}
