using System.Net;

namespace Siro.Gateway.SiroApi;

/// <summary>Is told of each request that was sent to Siro: proxied calls, the gateway's own, every retry.</summary>
internal interface ISiroObserver
{
    /// <param name="status">Null: no answer came.</param>
    void Sent(SiroRequest request, HttpStatusCode? status);
}
