using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>A credential for one request.</summary>
/// <param name="Header"><c>Authorization</c> or <c>x-siro-auth-token</c>.</param>
/// <param name="Value">The header's whole value.</param>
/// <param name="BudgetKey">Names the token in the budget and in telemetry: a keyed hash, never the token. Siro counts per token.</param>
public sealed record SiroCredential(string Header, Secret Value, string BudgetKey)
{
    /// <summary>Siro's header for user tokens.</summary>
    public const string UserTokenHeader = "x-siro-auth-token";

    /// <summary>Which kind it is: what becomes of a refusal depends on it.</summary>
    public CredentialKind Kind { get; init; }
}

/// <summary>The kinds of credential that Siro takes.</summary>
public enum CredentialKind
{
    /// <summary>An organization's API token.</summary>
    OrganizationToken,

    /// <summary>A token that an OAuth app minted for a user.</summary>
    UserToken,

    /// <summary>A token that a client app got for itself (client credentials).</summary>
    ClientToken,
}

/// <summary>Declared by SiroApi, implemented by Credentials.</summary>
public interface ISiroCredentials
{
    /// <summary>
    /// The credential for this request. Throws <see cref="ProblemException"/> (503 <c>siro_token_unavailable</c>, 403
    /// <c>user_forbidden</c>) when there is none: no credential, no request.
    /// </summary>
    ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Siro answered 401 to this credential: drop exactly it, everywhere.
    /// True when sending again with a fresh one is worth it (one mint per token key and minute).
    /// </summary>
    ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken);
}
