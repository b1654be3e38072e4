namespace Siro.Gateway.SiroApi;

/// <summary>
/// One request's way through the Siro client: what it may do, and what became of it so far. It is the invoker that the forwarder sends by,
/// so that nothing is looked up on the way; among the request's options all of this would be a dictionary for each call.
/// </summary>
/// <param name="body">The caller's body where it is passed on as it arrives; null where it is held or absent.</param>
internal sealed class SiroCall(SiroHttpHandler handler, SiroRequest request, CallerBody? body = null)
    : HttpMessageInvoker(handler, disposeHandler: false)
{
    private readonly SiroHttpHandler _handler = handler;

    /// <summary>What it may do now; each attempt has less time to wait.</summary>
    public SiroRequest Request { get; set; } = request;

    public CallerBody? Body => body;

    /// <summary>The credential that the last attempt went out with; null where there was none.</summary>
    public SiroCredential? Credential { get; set; }

    /// <summary>The request has been handed to the connection: from then on Siro may have done it.</summary>
    public bool Attempted { get; set; }

    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _handler.SendAsync(request, this, cancellationToken);
}
