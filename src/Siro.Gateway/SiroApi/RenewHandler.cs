using System.Net;

namespace Siro.Gateway.SiroApi;

/// <summary>One renewal on 401, and one more attempt with the fresh credential where the request can be sent again.</summary>
internal sealed class RenewHandler(ISiroCredentials credentials) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(SiroRequest.Key, out var siro))
        {
            throw new InvalidOperationException("A request to Siro must say for whom it is (SiroRequest).");
        }

        var body = siro.HeldBody;
        var canReplay = body is not null || request.Content is null;
        Hold(request, body);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized
            && request.Options.TryGetValue(CredentialHandler.Chosen, out var refused)
            && await credentials.RefusedAsync(siro, refused, cancellationToken)
            && canReplay)
        {
            response.Dispose();
            Hold(request, body);
            response = await base.SendAsync(request, cancellationToken);
        }

        return response;
    }

    /// <summary>A held body is sent from memory at every attempt: a stream could be read only once.</summary>
    private static void Hold(HttpRequestMessage request, ReadOnlyMemory<byte>? body)
    {
        if (body is not { } bytes)
        {
            return;
        }

        var content = new ReadOnlyMemoryContent(bytes);
        foreach (var header in request.Content?.Headers.NonValidated ?? default)
        {
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        request.Content = content;
    }
}
