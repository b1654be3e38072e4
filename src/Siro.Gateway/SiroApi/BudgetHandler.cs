using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>Every attempt takes a slot of its own and gives word of what became of it.</summary>
internal sealed class BudgetHandler(IBudget budget, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(SiroRequest.Key, out var siro);
        request.Options.TryGetValue(CredentialHandler.Chosen, out var credential);
        await using var slot = await budget.AcquireAsync(siro!, credential!, cancellationToken);
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (ConnectFailure.Is(e))
        {
            slot.NotSent();
            throw;
        }
        catch (OperationCanceledException e) when (e.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // The socket's one time limit of its own is that for connecting.
            slot.NotSent();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Siro's host did not take the connection in time.", e);
        }

        slot.Answered();

        // The CDN refuses the whole fleet alike: going on would only harden its mind. The refused call itself is not sent again and names the cause.
        if (response.StatusCode == HttpStatusCode.TooManyRequests || CdnRefusal.Is(response))
        {
            slot.Throttled(RetryAfter.Of(response, time));
        }

        return response;
    }
}
