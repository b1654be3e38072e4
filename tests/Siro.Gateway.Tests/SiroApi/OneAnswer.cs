using System.Net;
using System.Text;

namespace Siro.Gateway.Tests.SiroApi;

/// <summary>Siro as it answers: each path's body, with 200; 404 for a path without one.</summary>
internal sealed class OneAnswer(Func<string, string?> bodies) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = bodies(request.RequestUri!.PathAndQuery);
        return Task.FromResult(new HttpResponseMessage(body is null ? HttpStatusCode.NotFound : HttpStatusCode.OK)
        {
            Content = new StringContent(body ?? """{"error":"Not found"}""", Encoding.UTF8, "application/json"),
        });
    }
}
