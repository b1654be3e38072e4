using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access;

/// <summary>The check of the section <c>Authentication</c>.</summary>
internal static class AuthenticationOptionsValidator
{
    public static void Check(AuthenticationOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        var azure = options.AzureAd.IsOn;
        var jwt = options.Jwt.IsOn;
        errors.Require(!(azure && jwt), "Authentication", "set AzureAd or Jwt, not both");
        errors.Require(options.KeyRefreshInterval >= TimeSpan.FromSeconds(1) && options.KeyRefreshInterval <= TimeSpan.FromMinutes(5),
            "Authentication:KeyRefreshInterval", "must be from 00:00:01 to 00:05:00");
        errors.Require(options.ClockSkew >= TimeSpan.Zero && options.ClockSkew <= TimeSpan.FromMinutes(10), "Authentication:ClockSkew",
            "must be from 00:00:00 to 00:10:00");
        if (options.Console.IsOn)
        {
            errors.Require(
                azure || jwt, "Authentication:Console:ClientId", "needs a provider: set Authentication:AzureAd or Authentication:Jwt");
            if (options.Console.PublicAddress is { Length: > 0 } address)
            {
                CheckAddress(address, requireHttps: true, "Authentication:Console:PublicAddress", errors);
            }
        }

        if (azure)
        {
            CheckAddress(options.AzureAd.Instance, requireHttps: true, "Authentication:AzureAd:Instance", errors);
            CheckTenants(options.AzureAd, errors);
            errors.Require(
                !string.IsNullOrWhiteSpace(options.AzureAd.ClientId) || !string.IsNullOrWhiteSpace(options.AzureAd.Audience),
                "Authentication:AzureAd:ClientId",
                "is missing (the gateway's own application id; Audience does as well)");
        }

        if (jwt)
        {
            CheckAddress(options.Jwt.Authority!, options.Jwt.RequireHttpsMetadata, "Authentication:Jwt:Authority", errors);
            errors.Require(!string.IsNullOrWhiteSpace(options.Jwt.Audience), "Authentication:Jwt:Audience", "is missing");
        }
    }

    private static void CheckTenants(AzureAdOptions azure, ValidationErrors errors)
    {
        errors.Require(
            (!azure.IsMultiTenant || azure.AllowedTenants.Count > 0)
                && !string.Equals(azure.TenantId!.Trim(), "consumers", StringComparison.OrdinalIgnoreCase),
            "Authentication:AzureAd:TenantId",
            "must name one tenant: with 'common', 'organizations' or 'consumers' any tenant's tokens would be taken. For several "
                + "tenants set 'organizations' and AllowedTenants");
        errors.Require(
            azure.IsMultiTenant || azure.AllowedTenants.Count == 0,
            "Authentication:AzureAd:AllowedTenants",
            "belongs to a TenantId 'organizations' or 'common'; a TenantId that names one tenant takes that one's tokens");
        for (var i = 0; i < azure.AllowedTenants.Count; i++)
        {
            errors.Require(Guid.TryParseExact(azure.AllowedTenants[i], "D", out _), $"Authentication:AzureAd:AllowedTenants:{i}",
                "must be a tenant's id (a GUID with hyphens)");
        }
    }

    private static void CheckAddress(string address, bool requireHttps, string path, ValidationErrors errors)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            errors.Add(path, "must be an https address");
        }
        else if (uri.Scheme == "http" && requireHttps && !uri.IsLoopback)
        {
            errors.Add(path, "must be an https address: whoever answers in its place could sign tokens");
        }
    }
}
