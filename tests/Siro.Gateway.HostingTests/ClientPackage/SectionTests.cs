using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;

namespace Siro.Gateway.HostingTests.ClientPackage;

/// <summary>The client's options, read from a section of the configuration.</summary>
public sealed class SectionTests
{
    [Fact]
    public void Every_option_of_the_client_is_read()
    {
        var options = Client(
            ("BaseAddress", "https://gateway.example"), ("ApiKey", "sgw_1"), ("Organization", "acme"), ("ActingUser", "ann@acme.com"),
            ("MaxAttempts", "7"), ("MaxRetryDelay", "00:01:00"));

        Assert.Equal(new Uri("https://gateway.example"), options.BaseAddress);
        Assert.Equal(("sgw_1", "acme", "ann@acme.com"), (options.ApiKey, options.Organization, options.ActingUser));
        Assert.Equal((7, TimeSpan.FromMinutes(1)), (options.MaxAttempts, options.MaxRetryDelay));
    }

    [Fact]
    public void What_the_section_leaves_out_keeps_its_default()
    {
        var options = Client(("BaseAddress", "https://gateway.example"), ("ApiKey", "sgw_1"));

        Assert.Equal((4, TimeSpan.FromSeconds(30)), (options.MaxAttempts, options.MaxRetryDelay));
    }

    [Theory]
    [InlineData("MaxAttempts", "many", "MaxAttempts is 'many'; it must be a whole number.")]
    [InlineData("MaxRetryDelay", "soon", "MaxRetryDelay is 'soon'; it must be a duration, hh:mm:ss.")]
    [InlineData("BaseAddress", "gateway", "BaseAddress is missing or not an http(s) address.")]
    public void A_value_that_is_none_is_named(string key, string value, string message)
    {
        var refused = Assert.Throws<OptionsValidationException>(
            () => Client(("BaseAddress", "https://gateway.example"), ("ApiKey", "sgw_1"), (key, value)));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_the_receiver_is_read()
    {
        const string One = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        const string Two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var services = new ServiceCollection();
        services.AddSiroEvents(Section(("Secrets:0", One), ("Secrets:1", Two), ("Tolerance", "00:01:00"), ("MaxBodyBytes", "2048")));
        using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<SiroEventsOptions>>().Value;

        Assert.Equal([One, Two], options.Secrets);
        Assert.Equal((TimeSpan.FromMinutes(1), 2048), (options.Tolerance, options.MaxBodyBytes));
    }

    private static SiroGatewayOptions Client(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSiroGateway(Section(settings));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<SiroGatewayOptions>>().Value;
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(s => KeyValuePair.Create("Section:" + s.Key, (string?)s.Value)).Reverse().DistinctBy(s => s.Key))
            .Build()
            .GetSection("Section");
}
