using Siro.Gateway.Outbound;

namespace Siro.Gateway.Tests.Outbound;

public class OutboundUrlTests
{
    private static readonly OutboundRules Strict = new("test");

    [Theory]
    [InlineData("https://example.com/hook?x=1")]
    [InlineData("http://example.com:8080/")]
    [InlineData("https://1.1.1.1/")]
    [InlineData("https://[2606:4700:4700::1111]/")]
    public void Outside_urls_pass(string url) => Assert.NotNull(OutboundUrl.Check(url, "url", Strict).Url);

    [Theory]
    [InlineData(null, "invalid_url")]
    [InlineData("", "invalid_url")]
    [InlineData("/relative", "invalid_url")]
    [InlineData("ftp://example.com/", "invalid_url")]
    [InlineData("file:///etc/passwd", "invalid_url")]
    [InlineData("gopher://example.com/", "invalid_url")]
    [InlineData("https://exa\nmple.com/", "invalid_url")]
    [InlineData("https://user:pass@example.com/", "url_credentials")]
    [InlineData("https://user@example.com/", "url_credentials")]
    [InlineData("http://127.0.0.1/", "address_forbidden")]
    [InlineData("http://127.1/", "address_forbidden")]
    [InlineData("http://2130706433/", "address_forbidden")]
    [InlineData("http://0x7f000001/", "address_forbidden")]
    [InlineData("http://0177.0.0.1/", "address_forbidden")]
    [InlineData("http://[::1]/", "address_forbidden")]
    [InlineData("http://[::ffff:127.0.0.1]/", "address_forbidden")]
    [InlineData("http://169.254.169.254/latest/meta-data", "address_forbidden")]
    public void Others_are_told_what_is_wrong(string? url, string code)
    {
        var (checkedUrl, error) = OutboundUrl.Check(url, "url", Strict);
        Assert.Null(checkedUrl);
        Assert.Equal(("url", code), (error!.Field, error.Code));
    }

    [Fact]
    public void Allowed_networks_open_their_addresses_but_never_metadata()
    {
        var rules = Strict with { AllowedNetworks = OutboundRules.Networks(["127.0.0.0/8", "169.254.0.0/16"]) };
        Assert.NotNull(OutboundUrl.Check("http://127.0.0.1:5000/", "url", rules).Url);
        Assert.Null(OutboundUrl.Check("http://169.254.169.254/", "url", rules).Url);
    }

    [Fact]
    public void Equal_networks_in_any_order_are_equal_rules() =>
        Assert.Equal(OutboundRules.Networks([" 10.0.0.0/8", "127.0.0.0/8", ""]), OutboundRules.Networks(["127.0.0.0/8", "10.0.0.0/8"]));
}
