using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>An organization at Siro. Its secrets are parameters: the dashboard asks for those without a value.</summary>
public sealed class SiroOrganization
{
    internal SiroOrganization(string name) => Name = name;

    /// <summary>Its name in the gateway's configuration.</summary>
    public string Name { get; }

    /// <summary>Its id at Siro.</summary>
    public string? OrganizationId { get; set; }

    /// <summary>The client id of its OAuth app. Without it the gateway mints no user tokens: platform calls and uploads need one.</summary>
    public string? OAuthClientId { get; set; }

    /// <summary>The Siro user that the gateway acts for where a caller names none.</summary>
    public string? DefaultUserId { get; set; }

    /// <summary>Its API token. Default: the parameter <c>{name}-organization-token</c>.</summary>
    public IResourceBuilder<ParameterResource>? OrganizationToken { get; set; }

    /// <summary>Its OAuth app's secret. Default: the parameter <c>{name}-oauth-client-secret</c>, where there is an OAuth app.</summary>
    public IResourceBuilder<ParameterResource>? OAuthClientSecret { get; set; }

    /// <summary>The secret of its webhook endpoint at Siro. Without one the gateway takes none of its events.</summary>
    public IResourceBuilder<ParameterResource>? WebhookSecret { get; set; }
}
