using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// A user token for one examination: minted by the OAuth app for the default user, to read alone, and revoked afterwards.
/// </summary>
/// <param name="Credential">Null where none was to be had.</param>
internal sealed record UserToken(SiroCredential? Credential, Func<CancellationToken, Task>? Revoke)
{
    public static UserToken None { get; } = new(null, null);

    /// <summary>How long taking something back may take, when the examination's own time is up already.</summary>
    public static readonly TimeSpan RevocationTime = TimeSpan.FromSeconds(5);

    /// <summary>Ends it, in a time of its own. One that Siro does not end now ends by itself.</summary>
    public async Task RevokeAsync()
    {
        if (Revoke is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(RevocationTime, TimeProvider.System);
        try
        {
            await Revoke(limit.Token);
        }
        catch (Exception e) when (e is ProblemException or HttpRequestException or OperationCanceledException)
        {
            // The lines before it say what is wrong with Siro, and a user token lives for hours at most.
        }
    }
}

/// <summary>Mints and revokes it.</summary>
internal sealed class UserTokenLoan(SiroClient siro)
{
    /// <summary>A user token of the OAuth app, minted with whichever kind the external host takes.</summary>
    /// <param name="credentials">What the mint is asked with, one after the other; null for a kind that there is not.</param>
    public async Task<UserToken> MintAsync(
        OrganizationKey organization, OrganizationOptions options, IEnumerable<SiroCredential?> credentials,
        CancellationToken cancellationToken)
    {
        if (options.OAuth is not { ClientSecret: { IsEmpty: false } secret, ClientId: { Length: > 0 } clientId }
            || options.DefaultUserId is not { Length: > 0 } userId)
        {
            return UserToken.None;
        }

        var path = $"v1/core/oauth/apps/{Uri.EscapeDataString(clientId)}/access-token";
        foreach (var credential in credentials.OfType<SiroCredential>())
        {
            try
            {
                using var body = JsonContent.Create(new { clientSecret = secret.Reveal(), userId, scope = "read" });
                const string mint = "POST /v1/core/oauth/apps/{clientId}/access-token";
                var request = Request(organization, SiroHost.External, TokenScope.Write, mint, credential) with { IsMint = true };
                using var json = await siro.ReadAsync(request, HttpMethod.Post, path, body, cancellationToken);
                var root = json.RootElement;
                root = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) ? data : root;
                if (CallerIdentity.Text(root, "accessToken") is { Length: > 0 } value)
                {
                    var token = new SiroCredential(SiroCredential.UserTokenHeader, new Secret(value), TokenHash.Of(new Secret(value)));
                    return new UserToken(token, CallerIdentity.Text(root, "accessTokenId") is { } id
                        ? cancel => RevokeAsync(organization, path, id, secret, userId, credential, cancel)
                        : null);
                }
            }
            catch (Exception e) when (e is ProblemException or HttpRequestException)
            {
                // The line of the OAuth app says why; here the other kind is tried.
                continue;
            }
        }

        return UserToken.None;
    }

    private async Task RevokeAsync(
        OrganizationKey organization, string path, string id, Secret secret, string userId, SiroCredential credential,
        CancellationToken cancellationToken)
    {
        using var body = JsonContent.Create(new { clientSecret = secret.Reveal(), userId });
        const string revoke = "DELETE /v1/core/oauth/apps/{clientId}/access-token/{tokenId}";
        var request = Request(organization, SiroHost.External, TokenScope.Write, revoke, credential);
        using var response = await siro.SendAsync(
            request, HttpMethod.Delete, $"{path}/{Uri.EscapeDataString(id)}", body, cancellationToken);
    }

    public static SiroRequest Request(
        OrganizationKey organization, SiroHost host, TokenScope scope, string operation, SiroCredential credential) => new()
    {
        Organization = organization,
        Host = host,
        Client = ClientName.Gateway,
        Scope = scope,
        Operation = operation,
        Idempotent = scope == TokenScope.Read,
        Credential = credential,
    };
}
