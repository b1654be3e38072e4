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
    [InlineData("https://1.1.1.1./")]
    [InlineData("https://hooks.example.com./")]
    [InlineData("https://m\u00FCller.example/")]
    [InlineData("https://xn--mller-kva.example/")]
    [InlineData("https://localhost.example.com/")]
    [InlineData("https://7digital.example/")]
    [InlineData("https://a_b.example.com/")]
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
    [InlineData("http://127.0.0.1./", "address_forbidden")]
    [InlineData("http://127.0.0.1../", "invalid_url")]
    [InlineData("http://127.1./", "address_forbidden")]
    [InlineData("http://0x7f.1./", "address_forbidden")]
    [InlineData("http://017700000001/", "address_forbidden")]
    [InlineData("http://\uFF11\uFF12\uFF17.0.0.1/", "address_forbidden")]
    [InlineData("http://127\u30020\uFF0E0\uFF611/", "address_forbidden")]
    [InlineData("http://\u0661\u0662\u0667.\u0660.\u0660.\u0661/", "address_forbidden")]
    [InlineData("http://\u06F1\u06F2\u06F7.0.0.1/", "address_forbidden")]
    [InlineData("http://\u0967\u0968\u096D.0.0.1/", "address_forbidden")]
    [InlineData("http://\u2460\u2461\u2466.0.0.1/", "address_forbidden")]
    [InlineData("http://\u00B9\u00B2\u2077.0.0.1/", "address_forbidden")]
    [InlineData("http://127%2e0.0.1/", "invalid_url")]
    [InlineData("http://localhost/", "address_forbidden")]
    [InlineData("http://LOCALHOST./", "address_forbidden")]
    [InlineData("http://a.localhost:8080/", "address_forbidden")]
    [InlineData("http://\uFF4C\uFF4F\uFF43\uFF41\uFF4C\uFF48\uFF4F\uFF53\uFF54/", "address_forbidden")]
    [InlineData("http://localhost.localdomain/", "address_forbidden")]
    [InlineData("http://ip6-localhost/", "address_forbidden")]
    [InlineData("http://256.256.256.256/", "invalid_url")]
    [InlineData("http://1.2.3.4.5/", "invalid_url")]
    [InlineData("http://example.0x7f/", "invalid_url")]
    [InlineData("http://[::ffff:7f00:1]/", "address_forbidden")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/", "address_forbidden")]
    [InlineData("http://[::127.0.0.1]/", "address_forbidden")]
    [InlineData("http://[::ffff:0:127.0.0.1]/", "address_forbidden")]
    [InlineData("http://[64:ff9b::7f00:1]/", "address_forbidden")]
    [InlineData("http://[64:ff9b::169.254.169.254]/", "address_forbidden")]
    [InlineData("http://[2002:7f00:1::]/", "address_forbidden")]
    [InlineData("http://[fe80::1%25eth0]/", "address_forbidden")]
    [InlineData("http://[::]/", "address_forbidden")]
    [InlineData("http://0/", "address_forbidden")]
    [InlineData("http://0.0.0.0/", "address_forbidden")]
    [InlineData("http://169.254.169.254./", "address_forbidden")]
    [InlineData("http://0xa9fea9fe/", "address_forbidden")]
    [InlineData("http://2852039166/", "address_forbidden")]
    [InlineData("http://0251.0376.0251.0376/", "address_forbidden")]
    [InlineData("http://[fd00:ec2::254]/", "address_forbidden")]
    [InlineData("http://100.100.100.200/", "address_forbidden")]
    [InlineData("http://168.63.129.16/", "address_forbidden")]
    [InlineData("http://10.1/", "address_forbidden")]
    [InlineData("http://172.16.5/", "address_forbidden")]
    [InlineData("http://3232235777/", "address_forbidden")]
    [InlineData("http://[fec0::1]/", "address_forbidden")]
    [InlineData("http://[3fff::1]/", "address_forbidden")]
    public void Others_are_told_what_is_wrong(string? url, string code)
    {
        var (checkedUrl, error) = OutboundUrl.Check(url, "url", Strict);
        Assert.Null(checkedUrl);
        Assert.Equal(("url", code), (error!.Field, error.Code));
    }

    /// <summary>What no resolver takes is told by its field, not found out by an exception of one.</summary>
    [Fact]
    public void A_name_that_no_resolver_takes_is_told()
    {
        var label = new string('a', 61);
        Assert.Null(Error($"https://{label}.{label}.{label}.{label}.aaaa./"));
        Assert.Equal("invalid_url", Error($"https://{label}.{label}.{label}.{label}.aaaaaaa/"));
        Assert.Equal("invalid_url", Error($"https://{new string('\u00E9', 59)}.example/"));

        static string? Error(string url) => OutboundUrl.Check(url, "url", new OutboundRules("test")).Error?.Code;
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
