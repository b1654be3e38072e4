using System.Net;
using System.Net.Sockets;
using Polly;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Tests.Store;

namespace Siro.Gateway.Tests.Credentials;

public class ClientTokenRequestTests
{
    /// <summary>
    /// .NET tells the end of the time limit for connecting, the TLS handshake included, as a cancellation that nobody asked for. It went
    /// on as one: no attempt more, no reason for the operator, and a caller who was taken for gone.
    /// </summary>
    [Fact]
    public async Task An_endpoint_that_takes_no_connection_in_time_did_not_answer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var timings = new CredentialTimings { Attempt = TimeSpan.FromMinutes(1) };
        var app = new ClientApp(
            World.Acme,
            new ClientCredentialsOptions
            {
                TokenAddress = $"https://{silent.LocalEndpoint}/token", ClientId = "client", ClientSecret = new Secret("s"),
            },
            ResiliencePipeline<MintResult>.Empty, new HostRefusals(TimeProvider.System, timings));
        using var requests = new ClientTokenRequest(new FixedSettings<SiroOptions>(new SiroOptions()), TimeProvider.System, timings);

        var result = await requests.SendAsync(app, TestContext.Current.CancellationToken);

        Assert.Equal(MintOutcome.Failed, result.Outcome);
        Assert.StartsWith("The token endpoint did not answer in time", result.Why, StringComparison.Ordinal);
    }
}
