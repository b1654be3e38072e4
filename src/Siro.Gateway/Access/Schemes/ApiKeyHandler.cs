using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Siro.Gateway.Access.Schemes;

/// <summary>Authenticates by <c>X-Api-Key</c>. The key is looked up at every request: a client that was taken out is out at once.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ClientDirectory clients)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private static readonly Task<AuthenticateResult> Unknown = Task.FromResult(
        AuthenticateResult.Fail(new RefusedCredentialException(Refusals.UnknownApiKey)));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        clients.ByApiKey(Request.Headers[Credential.ApiKeyHeader].ToString()) is { } client ? client.AuthenticatedByKey : Unknown;
}
