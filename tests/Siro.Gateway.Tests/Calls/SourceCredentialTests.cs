using Siro.Gateway.Access;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Tests.Store;

namespace Siro.Gateway.Tests.Calls;

/// <summary>Where a source's credential goes.</summary>
public sealed class SourceCredentialTests
{
    [Theory]
    [InlineData("api.twilio.com", "https://api.twilio.com/r.mp3", true)]
    [InlineData("API.Twilio.com", "https://api.twilio.com:443/r.mp3", true)]
    [InlineData("api.twilio.com:443", "https://api.twilio.com/r.mp3", true)]
    [InlineData("api.twilio.com", "http://api.twilio.com/r.mp3", false)]
    [InlineData("api.twilio.com", "http://api.twilio.com:443/r.mp3", false)]
    [InlineData("api.twilio.com", "https://api.twilio.com:8443/r.mp3", false)]
    [InlineData("api.twilio.com:8443", "https://api.twilio.com:8443/r.mp3", true)]
    [InlineData("api.twilio.com:8443", "https://api.twilio.com/r.mp3", false)]
    [InlineData("media.local:80", "http://media.local/r.mp3", true)]
    [InlineData("media.local:8080", "http://media.local:8080/r.mp3", true)]
    [InlineData("media.local:8080", "http://media.local/r.mp3", false)]
    [InlineData("[::1]:8080", "http://[::1]:8080/r.mp3", true)]
    [InlineData("api.twilio.com", "https://evil.example/api.twilio.com", false)]
    public void A_host_without_a_port_means_https_and_plain_http_is_named_by_its_port(string host, string url, bool goes)
    {
        var source = new CallSourceOptions
        {
            Type = "mapping", Client = "crm", Hosts = [host], Auth = new CallAuthOptions { Type = "bearer", Value = new Secret("token") },
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        ProviderApi.Authorize(request, source);
        Assert.Equal(goes ? "Bearer token" : null, request.Headers.Authorization?.ToString());

        // The source of a call that a client gives by its URL is found by the same rule.
        var options = new CallsOptions();
        options.Sources["phone"] = source;
        var registry = new SourceRegistry(
            new FixedSettings<CallsOptions>(options), new FixedSettings<ClientsOptions>(new ClientsOptions()),
            new FixedSettings<SiroOptions>(new SiroOptions()));
        Assert.Equal(goes ? source : null, registry.ForUrl(new ClientName("crm"), url));
    }
}
