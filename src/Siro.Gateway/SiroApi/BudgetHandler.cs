using System.Net;

namespace Siro.Gateway.SiroApi;

/// <summary>Every attempt takes a slot of its own and gives word of what became of it.</summary>
internal sealed class BudgetHandler(IBudget budget) : DelegatingHandler
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
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            slot.NotSent();
            throw;
        }

        slot.Answered();
        if (response.StatusCode == HttpStatusCode.TooManyRequests || CdnRefusal.Is(response))
        {
            slot.Throttled(response.Headers.RetryAfter?.Delta);
        }

        return response;
    }
}
