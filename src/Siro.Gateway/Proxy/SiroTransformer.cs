using Microsoft.Net.Http.Headers;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Yarp.ReverseProxy.Forwarder;

namespace Siro.Gateway.Proxy;

/// <summary>One call's way through YARP: the address byte for byte and listed headers only.</summary>
/// <param name="target">The path and query after the prefix, as the caller wrote them.</param>
/// <param name="budget">Tells the caller what is left; null where nobody counts.</param>
internal sealed class SiroTransformer(SiroCall call, string target, IBudgetView? budget) : HttpTransformer
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>What takes the place of Siro's answer, where it was not Siro that answered.</summary>
    public Problem? Refusal { get; private set; }

    /// <summary>
    /// Puts what is left of the budget on an answer of the gateway's own too: above all on the 429 that says that nothing is.
    /// </summary>
    public void ShowBudget(HttpResponse response)
    {
        if (budget is null || response.HasStarted)
        {
            return;
        }

        // A problem clears the headers that were there before it is written.
        response.OnStarting(() =>
        {
            BudgetHeaders.Write(response.Headers, budget, call);
            return Task.CompletedTask;
        });
    }

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        ForwardedHeaders.CopyTo(proxyRequest, httpContext.Request.Headers);

        // RequestTarget has refused everything that canonicalization would have changed the meaning of.
        proxyRequest.RequestUri = new Uri(destinationPrefix + target, in AsWritten);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return new ValueTask<bool>(true);
        }

        if (CdnRefusal.Is(proxyResponse))
        {
            Refusal = SiroOutcome.CdnRefused.ToProblem();
            return new ValueTask<bool>(false);
        }

        AnswerHeaders.MakeSendable(proxyResponse);
        var copying = base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        return copying.IsCompletedSuccessfully
            ? new ValueTask<bool>(Finish(httpContext, proxyResponse, copying.Result))
            : FinishAsync(httpContext, proxyResponse, copying);
    }

    private async ValueTask<bool> FinishAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, ValueTask<bool> copying) =>
        Finish(httpContext, proxyResponse, await copying);

    private bool Finish(HttpContext httpContext, HttpResponseMessage proxyResponse, bool copied)
    {
        var headers = httpContext.Response.Headers;
        foreach (var name in ForwardedHeaders.StrippedFromResponse)
        {
            headers.Remove(name);
        }

        if (proxyResponse.Headers.NonValidated.Contains(HeaderNames.Connection))
        {
            foreach (var name in proxyResponse.Headers.Connection)
            {
                headers.Remove(name);
            }
        }

        if (budget is not null)
        {
            BudgetHeaders.Write(headers, budget, call);
        }

        // Kestrel sends no body with these, and RFC 9110 gives them none: what Siro says of its length is dropped with it (8.6, 15.3.6).
        if (httpContext.Response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
        {
            headers.ContentLength = null;
            return false;
        }

        return copied;
    }
}
