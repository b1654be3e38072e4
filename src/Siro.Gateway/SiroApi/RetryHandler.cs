using System.Net;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The outermost rule: another attempt after 429 (not processed, so any request that can be sent again), and after a connect failure,
/// 502, 503 or 504 where sending twice does no harm.
/// </summary>
internal sealed class RetryHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(SiroRequest.Key, out var siro))
        {
            throw new InvalidOperationException("A request to Siro must say for whom it is (SiroRequest).");
        }

        var canReplay = siro.HeldBody is not null || request.Content is null;
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.TooManyRequests && canReplay)
        {
            response.Dispose();
            response = await base.SendAsync(request, cancellationToken);
        }

        return response;
    }
}
