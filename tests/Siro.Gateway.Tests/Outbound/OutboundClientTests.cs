using System.Net;
using System.Net.Sockets;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Tests.Outbound;

public sealed class OutboundClientTests
{
    private static readonly OutboundRules Rules = new("test") { AllowedNetworks = "127.0.0.0/8" };

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1 127.0.0.1", false)]
    [InlineData("", false)]
    public async Task A_name_is_refused_early_where_none_of_its_addresses_could_be_connected_to(string addresses, bool refused)
    {
        using var client = new OutboundClient(
            (_, _) => Task.FromResult(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToArray()));

        var refusal = await client.RefusalAsync(new Uri("https://name.example/"), "url", Rules, TestContext.Current.CancellationToken);

        Assert.Equal(refused ? "address_forbidden" : null, refusal?.Code);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_now_is_no_error()
    {
        using var client = new OutboundClient((_, _) => throw new SocketException((int)SocketError.HostNotFound));

        Assert.Null(await client.RefusalAsync(new Uri("https://name.example/"), "url", Rules, TestContext.Current.CancellationToken));
    }
}
