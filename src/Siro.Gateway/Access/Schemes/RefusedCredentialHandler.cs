using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Schemes;

/// <summary>Fails with the reason why the request's credential is none; says nothing where the endpoint asks for no caller.</summary>
internal sealed class RefusedCredentialHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    ISettings<AuthenticationOptions> settings)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private static readonly Task<AuthenticateResult> NotAsked = Task.FromResult(AuthenticateResult.NoResult());

    /// <summary>One for each reason: there are five.</summary>
    private static readonly ConcurrentDictionary<Problem, Task<AuthenticateResult>> Failures = new(ReferenceEqualityComparer.Instance);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        EndpointAccess.AsksForCaller(Context) && Credential.Read(Request.Headers, settings.Current).Refusal is { } refusal
            ? Failures.GetOrAdd(refusal, static p => Task.FromResult(AuthenticateResult.Fail(new RefusedCredentialException(p))))
            : NotAsked;
}
