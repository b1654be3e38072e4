using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>Puts the credential on a request, in place of anything a caller sent. Fails closed: no credential, no request; and only to its own host.</summary>
internal sealed class CredentialHandler(ISiroCredentials credentials, SiroAddresses addresses) : DelegatingHandler
{
    /// <summary>Siro's header for user tokens.</summary>
    public const string UserTokenHeader = "x-siro-auth-token";

    /// <summary>The credential that this attempt went out with; read by the budget (its key) and by the renewal on 401.</summary>
    public static readonly HttpRequestOptionsKey<SiroCredential> Chosen = new("siro-gateway.credential");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(SiroRequest.Key, out var siro))
        {
            throw new InvalidOperationException("A request to Siro must say for whom it is (SiroRequest).");
        }

        var address = addresses[siro.Host];
        if (request.RequestUri is not { } uri || uri.Authority != address.Authority || uri.Scheme != address.Scheme)
        {
            throw new ProblemException(new Problem(500, "internal_error", "A request was addressed to another host than its credential is for."));
        }

        var credential = await credentials.GetAsync(siro, cancellationToken);
        request.Headers.Remove("Authorization");
        request.Headers.Remove(UserTokenHeader);
        request.Headers.TryAddWithoutValidation(credential.Header, credential.Value.Reveal());
        request.Options.Set(Chosen, credential);
        return await base.SendAsync(request, cancellationToken);
    }
}
