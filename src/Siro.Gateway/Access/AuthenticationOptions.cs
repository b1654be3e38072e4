namespace Siro.Gateway.Access;

/// <summary>
/// The section <c>Authentication</c>: whose bearer tokens are taken. Neither part set: none, and callers need an API key.
/// </summary>
public sealed class AuthenticationOptions
{
    /// <summary>Microsoft Entra ID, in Microsoft.Identity.Web's shape. On when <c>TenantId</c> is set.</summary>
    public AzureAdOptions AzureAd { get; set; } = new();

    /// <summary>Any other OpenID Connect provider. On when <c>Authority</c> is set.</summary>
    public JwtOptions Jwt { get; set; } = new();

    /// <summary>People who sign in to the console at that provider. On when <c>ClientId</c> is set.</summary>
    public ConsoleSignInOptions Console { get; set; } = new();

    /// <summary>
    /// The least time between two readings of the provider's signing keys when a token names a key that is not known. Default 5 s, 1 s to 5
    /// min.
    /// </summary>
    public TimeSpan KeyRefreshInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How much the provider's clock may differ from the gateway's. Default 2 min, at most 10 min.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The provider in force, without a slash at the end; its metadata is at <c>{Authority}/.well-known/openid-configuration</c>. Null when
    /// tokens are off.
    /// </summary>
    internal string? Authority => field ??=
        AzureAd.IsOn ? $"{AzureAd.Instance.TrimEnd('/')}/{AzureAd.TenantId!.Trim()}/v2.0"
        : Jwt.IsOn ? Jwt.Authority!.Trim().TrimEnd('/')
        : null;

    /// <summary>
    /// Equal as long as the same provider's tokens are taken for the same audiences and tenants: what was judged under it still counts.
    /// </summary>
    internal string Rules =>
        field ??= string.Join('\n', [Authority, AzureAd.ClientId, AzureAd.Audience, Jwt.Audience, .. AzureAd.AllowedTenants]);
}

/// <summary><c>Authentication:AzureAd</c>.</summary>
public sealed class AzureAdOptions
{
    /// <summary>The cloud. Default <c>https://login.microsoftonline.com/</c>.</summary>
    public string Instance { get; set; } = "https://login.microsoftonline.com/";

    /// <summary>
    /// The tenant's id (a GUID) or domain. <c>organizations</c> and <c>common</c> are refused unless <see cref="AllowedTenants"/> names the
    /// tenants, because anybody's tenant would be taken; <c>consumers</c> always is.
    /// </summary>
    public string? TenantId { get; set; }

    /// <summary>
    /// With <c>TenantId</c> <c>organizations</c> or <c>common</c>: the ids (GUIDs) of the tenants whose tokens are taken. Default none.
    /// </summary>
    public List<string> AllowedTenants { get; set; } = [];

    /// <summary>The gateway's own application id. A token for it or for <c>api://{ClientId}</c> is taken.</summary>
    public string? ClientId { get; set; }

    /// <summary>Another audience (an application ID URI) that is taken too.</summary>
    public string? Audience { get; set; }

    internal bool IsOn => !string.IsNullOrWhiteSpace(TenantId);

    /// <summary>The provider speaks for many tenants.</summary>
    internal bool IsMultiTenant => TenantId?.Trim().ToLowerInvariant() is "organizations" or "common";
}

/// <summary><c>Authentication:Jwt</c>.</summary>
public sealed class JwtOptions
{
    /// <summary>The provider's address; <c>{Authority}/.well-known/openid-configuration</c> describes it. Empty turns it off.</summary>
    public string? Authority { get; set; }

    /// <summary>The audience that tokens must carry.</summary>
    public string? Audience { get; set; }

    /// <summary>Refuses an http authority. Default true; an authority on the loopback address may always be http.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    internal bool IsOn => !string.IsNullOrWhiteSpace(Authority);
}
