using Microsoft.AspNetCore.Http;
using Siro.Gateway.Proxy;

namespace Siro.Gateway.Tests.Proxy;

public sealed class ForwardedHeadersTests
{
    [Theory]
    [InlineData("Authorization")]
    [InlineData("X-Api-Key")]
    [InlineData("x-siro-auth-token")]
    [InlineData("Siro-Organization")]
    [InlineData("Siro-User")]
    [InlineData("Idempotency-Key")]
    [InlineData("Prefer")]
    [InlineData("Cookie")]
    [InlineData("Host")]
    [InlineData("Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Expect")]
    [InlineData("User-Agent")]
    [InlineData("X-Forwarded-For")]
    [InlineData("Forwarded")]
    [InlineData("traceparent")]
    [InlineData("baggage")]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X-Content-Length")]
    public void What_is_not_listed_stays_here(string name) => Assert.False(ForwardedHeaders.Passes(name, new HeaderDictionary()));

    [Theory]
    [InlineData("accept")]
    [InlineData("Content-Type")]
    [InlineData("IF-NONE-MATCH")]
    [InlineData("Range")]
    public void What_is_listed_passes_in_any_case(string name) => Assert.True(ForwardedHeaders.Passes(name, new HeaderDictionary()));

    [Fact]
    public void A_header_for_this_hop_alone_stays_here() =>
        Assert.False(ForwardedHeaders.Passes("Range", new HeaderDictionary { ["Connection"] = new(["keep-alive", "x, range "]) }));
}
