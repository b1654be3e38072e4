using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>The identity provider: its metadata, its issuer, its signing keys.</summary>
internal static class IdentityCheck
{
    private const string Area = "identity";

    public static async Task RunAsync(IConfiguration configuration, CheckResults results, CancellationToken cancellationToken)
    {
        if (configuration.Section<AuthenticationOptions>("Authentication") is not { } options)
        {
            return;
        }

        var authority = options.Authority;
        if (authority is null)
        {
            results.Ok(Area, "provider", "none is configured: callers need an API key");
            return;
        }

        using var client = new HttpClient(HttpSockets.Create()) {
            Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1024 * 1024 };
        try
        {
            using var metadata = JsonDocument.Parse(
                await client.GetByteArrayAsync(authority + "/.well-known/openid-configuration", cancellationToken));
            var issuer = CallerIdentity.Text(metadata.RootElement, "issuer");
            var address = CallerIdentity.Text(metadata.RootElement, "jwks_uri");
            if (issuer is null || address is null)
            {
                results.Fail(Area, "metadata", "names no issuer or no keys",
                    $"Check the authority: {authority}/.well-known/openid-configuration must be the provider's.");
                return;
            }

            results.Ok(Area, "metadata", $"issuer {issuer}");
            using var keys = JsonDocument.Parse(await client.GetByteArrayAsync(address, cancellationToken));
            var count = keys.RootElement.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.GetArrayLength()
                : 0;
            if (count == 0)
            {
                results.Fail(Area, "keys", "the provider publishes none: every bearer token is refused", "Check the provider.");
            }
            else
            {
                results.Ok(Area, "keys", $"{count} published");
            }
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException or InvalidOperationException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            results.Fail(Area, "provider", $"its metadata or keys can't be read ({e.GetType().Name})",
                $"Check the authority, DNS and firewall: {authority}/.well-known/openid-configuration must answer.");
        }
    }
}
