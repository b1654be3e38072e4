using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>The section <c>Siro</c>.</summary>
public sealed class SiroOptions
{
    /// <summary>
    /// Sent to Siro with every request; its CDN refuses the default ones of libraries (403, code 1010). Default
    /// <c>Siro.Gateway/{version}</c>.
    /// </summary>
    public string UserAgent { get; set; } = "Siro.Gateway/0.1";

    /// <summary>The organizations, by a name of the operator's choice. At least one.</summary>
    public Dictionary<string, OrganizationOptions> Organizations { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Each host's address, ending in a slash: read from <see cref="SiroAddresses.Path"/> while the section is checked, so that a refused
    /// configuration changes none.
    /// </summary>
    internal Dictionary<SiroHost, Uri> Addresses { get; } = [];

    /// <summary>The region in which an organization's telephone numbers without a country code are read.</summary>
    public string Region(OrganizationKey organization) => Find(organization)?.DefaultRegion ?? new OrganizationOptions().DefaultRegion;

    /// <summary>The organization of that name, or null.</summary>
    public OrganizationOptions? Find(OrganizationKey organization) =>
        Organizations.FirstOrDefault(o => string.Equals(o.Key, organization.Value, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>One organization of Siro: <c>Siro:Organizations:{org}</c>.</summary>
public sealed class OrganizationOptions
{
    /// <summary>Which kind of credential calls to Siro go out with. Default <see cref="CredentialChoice.OrganizationToken"/>.</summary>
    public CredentialChoice Credential { get; set; }

    /// <summary>
    /// The client app whose tokens take the place of organization and user tokens. Needed unless <see cref="Credential"/> is the default.
    /// </summary>
    public ClientCredentialsOptions? ClientCredentials { get; set; }

    /// <summary>The organization API token (Siro: Person icon, API Tokens). For <see cref="SiroHost.External"/>.</summary>
    public Secret? OrganizationToken { get; set; }

    /// <summary>The OAuth app that mints user tokens. For <see cref="SiroHost.Platform"/> and <see cref="SiroHost.Internal"/>.</summary>
    public OAuthAppOptions? OAuth { get; set; }

    /// <summary>The Siro user of callers that name none.</summary>
    public string? DefaultUserId { get; set; }

    /// <summary>Siro's own id of the organization.</summary>
    public string? OrganizationId { get; set; }

    /// <summary>Signing secrets of Siro's webhook endpoint (<c>whsec_...</c>); several while one is being replaced.</summary>
    public List<Secret> WebhookSecrets { get; set; } = [];

    /// <summary>ISO 3166 region for phone numbers without a country code. Default <c>US</c>.</summary>
    public string DefaultRegion { get; set; } = "US";

    /// <summary>Overrides of the section <c>Budget</c>.</summary>
    public OrganizationBudgetOptions? Budget { get; set; }

    /// <summary>A client app is configured and in use.</summary>
    internal bool UsesClientCredentials => Credential != CredentialChoice.OrganizationToken && ClientCredentials is not null;
}

/// <summary>The OAuth app of an organization.</summary>
public sealed class OAuthAppOptions
{
    /// <summary>The app's client id.</summary>
    public string? ClientId { get; set; }

    /// <summary>The app's client secret; Siro shows it once.</summary>
    public Secret? ClientSecret { get; set; }

    /// <summary>How long a user token lives. Default 16 hours (Siro's phone guide).</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(16);
}

/// <summary>What an organization's budget does differently; null means as in the section <c>Budget</c>.</summary>
public sealed class OrganizationBudgetOptions : CredentialBudgetOptions
{
    /// <summary>What differs for its organization token.</summary>
    public CredentialBudgetOptions? OrganizationToken { get; set; }

    /// <summary>What differs for its users' tokens.</summary>
    public CredentialBudgetOptions? UserToken { get; set; }
}

/// <summary>A budget's values, where they differ; null means as one level up.</summary>
public class CredentialBudgetOptions
{
    /// <summary>Requests a window and Siro token.</summary>
    public int? Requests { get; set; }

    /// <summary>The window in seconds.</summary>
    public int? WindowSeconds { get; set; }

    /// <summary>How long a call waits for room before 429.</summary>
    public TimeSpan? MaxWait { get; set; }
}

/// <summary>The check of the section <c>Siro</c>.</summary>
internal static class SiroOptionsValidator
{
    public static void Check(SiroOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(options.Organizations.Count > 0, "Siro:Organizations",
            "name at least one organization, e.g. Siro:Organizations:acme:OrganizationToken");
        errors.Require(
            !string.IsNullOrWhiteSpace(options.UserAgent), "Siro:UserAgent", "must not be empty: Siro's CDN refuses requests without one");
        errors.Require(options.UserAgent.All(static c => c is >= ' ' and <= '~'), "Siro:UserAgent",
            "must be plain ASCII on one line: nothing else can be sent in a header");
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, organization) in options.Organizations)
        {
            var path = $"Siro:Organizations:{name}";
            errors.Require(
                organization.Credential == CredentialChoice.ClientCredentials || organization.OrganizationToken is { IsEmpty: false },
                path + ":OrganizationToken", "is missing (Siro: Person icon, API Tokens)");
            ClientCredentialsOptionsValidator.Check(organization, path, candidates, errors);
            errors.Require(
                organization.OrganizationToken?.Reveal().All(c => c is > ' ' and < '\x7f') is not false, path
                    + ":OrganizationToken", "holds a character that no token has (a space, a line break, a quote from elsewhere)");
            if (organization.OAuth is { } app)
            {
                errors.Require(
                    !string.IsNullOrWhiteSpace(app.ClientId), path + ":OAuth:ClientId", "is missing (make one with 'oauth-app create')");
                errors.Require(
                    app.ClientSecret is { IsEmpty: false }, path + ":OAuth:ClientSecret", "is missing (make one with 'oauth-app create')");
                errors.Require(app.TokenLifetime > TimeSpan.FromSeconds(1), path + ":OAuth:TokenLifetime", "must be longer than a second");
            }

            for (var i = 0; i < organization.WebhookSecrets.Count; i++)
            {
                var secret = organization.WebhookSecrets[i].Reveal();
                var at = $"{path}:WebhookSecrets:{i}";
                errors.Require(IsSigningSecret(secret), at, "must be 'whsec_' and base64 (Siro: Webhooks, the endpoint's Signing Secret)");
                if (secrets.TryGetValue(secret, out var other) && other != path)
                {
                    errors.Add(at, $"is also a secret of {other}: an event could not be told apart");
                }

                secrets[secret] = path;
            }

            if (organization.Budget is { } budget)
            {
                errors.Require(budget.Requests is null or > 0, path + ":Budget:Requests", "must be at least 1");
                errors.Require(budget.WindowSeconds is null or > 0, path + ":Budget:WindowSeconds", "must be at least 1");
                errors.Require(budget.MaxWait is null || budget.MaxWait >= TimeSpan.Zero, path + ":Budget:MaxWait", "must not be negative");
            }
        }
    }

    private static bool IsSigningSecret(string secret) =>
        secret.StartsWith("whsec_", StringComparison.Ordinal)
        && Convert.TryFromBase64String(secret["whsec_".Length..], new byte[secret.Length], out var length)
        && length > 0;
}
