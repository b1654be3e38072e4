using System.Diagnostics;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The last step before the socket: the User-Agent that Siro's CDN insists on, and a span for each attempt. Trace headers leave the
/// company only where <c>Telemetry:PropagateToSiro</c> says so.
/// </summary>
internal sealed class TelemetryHandler(ISettings<SiroOptions> options, ISettings<TelemetryOptions>? telemetry) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Remove("User-Agent");
        request.Headers.TryAddWithoutValidation("User-Agent", options.Current.UserAgent);
        var siro = request.Options.TryGetValue(SiroRequest.Key, out var known) ? known : null;
        using var activity = GatewayActivities.ToSiro(siro?.Operation ?? "(none)", request);
        activity?.SetTag("siro.host", siro?.Host.ToString().ToLowerInvariant());
        activity?.SetTag("siro.organization", siro?.Organization.Value);
        activity?.SetTag("siro.client", siro?.Client.Value);
        if (telemetry?.Current.PropagateToSiro is true && Activity.Current is { IdFormat: ActivityIdFormat.W3C } current)
        {
            request.Headers.Remove("traceparent");
            request.Headers.TryAddWithoutValidation("traceparent", current.Id);
        }

        request.Options.Set(SiroRequest.Attempted, true);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            activity.Ended((int)response.StatusCode);
            return response;
        }
        catch (Exception e)
        {
            activity.Failed(e);
            throw;
        }
    }
}
