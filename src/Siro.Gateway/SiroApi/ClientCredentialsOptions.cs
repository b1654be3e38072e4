using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>Which kind of credential an organization's calls go out with.</summary>
public enum CredentialChoice
{
    /// <summary>The organization token on <c>external</c>, user tokens of the OAuth app on the other hosts.</summary>
    OrganizationToken,

    /// <summary>A token of the client app, on every host.</summary>
    ClientCredentials,

    /// <summary>The client app's token where a host takes it, else as with <see cref="OrganizationToken"/>.</summary>
    Both,
}

/// <summary>How a client app says who it is.</summary>
public enum ClientAuthentication
{
    /// <summary>Id and secret among the form's fields.</summary>
    Body,

    /// <summary>HTTP Basic.</summary>
    Basic,
}

/// <summary>
/// A client app of an organization: <c>Siro:Organizations:{org}:ClientCredentials</c>. Siro has not published this kind of credential yet
/// (one integration reports it), so every name that may come out differently is a setting.
/// </summary>
public sealed class ClientCredentialsOptions
{
    /// <summary>The token endpoint. Default <c>https://auth.siro.ai/oauth2/token</c>.</summary>
    public string TokenAddress { get; set; } = "https://auth.siro.ai/oauth2/token";

    /// <summary>
    /// Where tokens are revoked (RFC 7009); empty where Siro has no such endpoint. Only <c>doctor</c> revokes, the token that it made.
    /// </summary>
    public string? RevocationAddress { get; set; }

    /// <summary>The client app's id.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client app's secret.</summary>
    public Secret? ClientSecret { get; set; }

    /// <summary>The scopes to ask for, separated by spaces; none when empty.</summary>
    public string? Scope { get; set; }

    /// <summary>Further fields of the request, such as <c>audience</c>.</summary>
    public Dictionary<string, string> Parameters { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How id and secret are sent. Default <see cref="ClientAuthentication.Body"/>.</summary>
    public ClientAuthentication Authentication { get; set; }

    /// <summary>
    /// The longest that a token is used, and how long one is used where the answer does not say. 10 seconds to 1 day, default 1 hour.
    /// </summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The request's field for <c>client_credentials</c>. Default <c>grant_type</c>.</summary>
    public string GrantTypeField { get; set; } = "grant_type";

    /// <summary>The request's field for the id. Default <c>client_id</c>.</summary>
    public string ClientIdField { get; set; } = "client_id";

    /// <summary>The request's field for the secret. Default <c>client_secret</c>.</summary>
    public string ClientSecretField { get; set; } = "client_secret";

    /// <summary>The request's field for the scopes. Default <c>scope</c>.</summary>
    public string ScopeField { get; set; } = "scope";

    /// <summary>The answer's field with the token. Default <c>access_token</c>.</summary>
    public string AccessTokenField { get; set; } = "access_token";

    /// <summary>The answer's field with its life in seconds. Default <c>expires_in</c>.</summary>
    public string ExpiresInField { get; set; } = "expires_in";

    /// <summary>The answer's field with the token's type. Default <c>token_type</c>.</summary>
    public string TokenTypeField { get; set; } = "token_type";

    /// <summary>The answer's field with an error's code. Default <c>error</c>.</summary>
    public string ErrorField { get; set; } = "error";
}

/// <summary>The check of <c>Siro:Organizations:{org}:ClientCredentials</c>.</summary>
internal static class ClientCredentialsOptionsValidator
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private const string NotPlain = "holds a character that none of Siro's has (a line break, or a blank at an end)";

    public static void Check(OrganizationOptions organization, string path, ISettingsCandidates candidates, ValidationErrors errors)
    {
        var at = path + ":ClientCredentials";
        if (organization.ClientCredentials is not { } client)
        {
            errors.Require(organization.Credential == CredentialChoice.OrganizationToken, at, $"is missing: {path}:Credential asks for it");
            return;
        }

        errors.Require(!string.IsNullOrWhiteSpace(client.ClientId), at + ":ClientId", "is missing (Siro: the client app's id)");
        errors.Require(client.ClientSecret is { IsEmpty: false }, at + ":ClientSecret", "is missing (Siro: the client app's secret)");
        errors.Require(IsPlain(client.ClientId), at + ":ClientId", NotPlain);
        errors.Require(IsPlain(client.ClientSecret?.Reveal()), at + ":ClientSecret", NotPlain);
        errors.Require(client.TokenLifetime >= Shortest && client.TokenLifetime <= Longest, at + ":TokenLifetime",
            "must be from 00:00:10 to 1.00:00:00");
        CheckAddress(client.TokenAddress, at + ":TokenAddress", candidates, errors);
        if (client.RevocationAddress is { Length: > 0 } revocation)
        {
            CheckAddress(revocation, at + ":RevocationAddress", candidates, errors);
        }

        CheckFields(at, errors,
        [
            (nameof(client.GrantTypeField), client.GrantTypeField), (nameof(client.ClientIdField), client.ClientIdField),
            (nameof(client.ClientSecretField), client.ClientSecretField), (nameof(client.ScopeField), client.ScopeField),
            .. client.Parameters.Keys.Select(name => ($"{nameof(client.Parameters)}:{name}", name)),
        ]);
        CheckFields(at, errors,
        [
            (nameof(client.AccessTokenField), client.AccessTokenField), (nameof(client.ExpiresInField), client.ExpiresInField),
            (nameof(client.TokenTypeField), client.TokenTypeField), (nameof(client.ErrorField), client.ErrorField),
        ]);
    }

    /// <summary>RFC 6749, appendix A: printable ASCII. A blank or line break at an end has come along when it was copied.</summary>
    private static bool IsPlain(string? value) =>
        string.IsNullOrWhiteSpace(value) || (value.All(static c => c is >= ' ' and <= '~') && value.AsSpan().Trim().Length == value.Length);

    /// <summary>The fields of one body: each has a name, and none that another has too.</summary>
    private static void CheckFields(string at, ValidationErrors errors, IReadOnlyList<(string Setting, string Name)> fields)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (setting, name) in fields)
        {
            errors.Require(!string.IsNullOrWhiteSpace(name), $"{at}:{setting}", "must not be empty. Leave it out for the default name");
            errors.Require(settings.TryAdd(name ?? "", setting) || string.IsNullOrWhiteSpace(name), $"{at}:{setting}",
                $"names the same field as {at}:{settings[name ?? ""]}: it would be sent or read twice");
        }
    }

    /// <summary>The secret goes there, so in plain text only to an emulator: where Siro's own address is http too.</summary>
    private static void CheckAddress(string value, string path, ISettingsCandidates candidates, ValidationErrors errors)
    {
        var plain = candidates.Configuration[SiroAddresses.Path(SiroHost.External)]?.StartsWith(
            "http://", StringComparison.OrdinalIgnoreCase) is true;
        errors.Require(
            Uri.TryCreate(value, UriKind.Absolute, out var address) && (address.Scheme == "https" || (plain && address.Scheme == "http"))
            && address.UserInfo.Length == 0 && address.Fragment.Length == 0,
            path, "must be an https address");
    }
}
