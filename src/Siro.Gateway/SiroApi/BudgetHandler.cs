using System.Net;

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

        // The CDN's 1010 is about the User-Agent and not about the rate: a closed window would hide the cause behind 429s.
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            slot.Throttled(RetryAfter.Of(response, time));
        }

        return response;
    }
}
