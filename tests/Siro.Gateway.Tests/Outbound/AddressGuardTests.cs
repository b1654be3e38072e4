using System.Net;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Tests.Outbound;

public class AddressGuardTests
{
    private static bool Allows(string address, params string[] networks) =>
        AddressGuard.Allows(IPAddress.Parse(address), [.. networks.Select(n => IPNetwork.Parse(n))]);

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    public void Public_addresses_are_allowed(string address) => Assert.True(Allows(address));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("::1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fec0::1")]
    public void Special_addresses_need_a_configured_network(string address)
    {
        Assert.False(Allows(address));
        Assert.True(Allows(address, "0.0.0.0/0", "::/0"));
        Assert.False(Allows(address, "10.99.0.0/30"));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("febf::1")]
    [InlineData("ff02::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd20:ce::254")]
    public void Metadata_link_local_and_multicast_are_never_allowed(string address) => Assert.False(Allows(address, "0.0.0.0/0", "::/0"));

    [Theory]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:c0a8:101::")]
    public void An_ipv4_address_in_ipv6_clothes_is_judged_as_itself(string address) => Assert.False(Allows(address));

    [Theory]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:a9fe:a9fe::")]
    public void Metadata_in_ipv6_clothes_is_never_allowed(string address) => Assert.False(Allows(address, "0.0.0.0/0", "::/0"));

    [Fact]
    public void A_mapped_address_is_allowed_by_its_ipv4_network() => Assert.True(Allows("::ffff:127.0.0.1", "127.0.0.0/8"));

    [Fact]
    public void An_allowed_network_allows_itself_alone()
    {
        Assert.True(Allows("10.1.2.3", "10.1.0.0/16"));
        Assert.False(Allows("10.2.2.3", "10.1.0.0/16"));
    }
}
