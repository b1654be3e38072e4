using Siro.Gateway.Commands;

namespace Siro.Gateway.Tests.Commands;

public sealed class HealthCommandTests
{
    [Theory]
    [InlineData(null, null, "http://127.0.0.1:5000/health/live")]
    [InlineData("8080", null, "http://127.0.0.1:8080/health/live")]
    [InlineData("8080;9090", null, "http://127.0.0.1:8080/health/live")]
    [InlineData("8080", "http://+:7000", "http://127.0.0.1:7000/health/live")]
    [InlineData(null, "https://*:7001;http://*:7000", "http://127.0.0.1:7000/health/live")]
    [InlineData(null, "http://[::]:7000", "http://127.0.0.1:7000/health/live")]
    [InlineData(null, "http://0.0.0.0:7000/", "http://127.0.0.1:7000/health/live")]
    public void It_asks_the_port_that_the_gateway_listens_on(string? ports, string? urls, string expected) =>
        Assert.Equal(expected,
            HealthCommand.Address(null, ready: false,
            name => name switch { "ASPNETCORE_HTTP_PORTS" => ports, "ASPNETCORE_URLS" => urls, _ => null })?.AbsoluteUri);

    [Theory]
    [InlineData("http://gateway", true, "http://gateway/health/ready")]
    [InlineData("http://gateway:8080/", false, "http://gateway:8080/health/live")]
    [InlineData("https://gateway/siro/health/ready", false, "https://gateway/siro/health/ready")]
    [InlineData("gateway:8080", false, null)]
    [InlineData("file:///etc/passwd", false, null)]
    public void It_asks_whom_it_is_told_to(string url, bool ready, string? expected) =>
        Assert.Equal(expected, HealthCommand.Address(url, ready, _ => null)?.AbsoluteUri);
}
