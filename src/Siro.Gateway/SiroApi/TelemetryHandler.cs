using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>The last step before the socket: the User-Agent that Siro's CDN insists on.</summary>
internal sealed class TelemetryHandler(ISettings<SiroOptions> options) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Remove("User-Agent");
        request.Headers.TryAddWithoutValidation("User-Agent", options.Current.UserAgent);
        return base.SendAsync(request, cancellationToken);
    }
}
