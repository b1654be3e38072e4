using Siro.Gateway.Configuration;
using Siro.Gateway.Tests.Conventions;

namespace Siro.Gateway.Tests.SiroApi;

/// <summary>A client app's settings are wrong by a line of the configuration, not by Siro's refusal of the first call.</summary>
public sealed class ClientCredentialsOptionsTests
{
    private const string Organization = "Siro:Organizations:acme";
    private const string Client = Organization + ":ClientCredentials";

    [Theory]
    [InlineData(Client + ":ClientId", " ", "is missing")]
    [InlineData(Client + ":ClientId", "app\n", "holds a character")]
    [InlineData(Client + ":ClientSecret", "", "is missing")]
    [InlineData(Client + ":ClientSecret", "can\nary", "holds a character")]
    [InlineData(Client + ":ClientSecret", "can\u00e4ry", "holds a character")]
    [InlineData(Client + ":TokenAddress", "auth.siro.ai/oauth2/token", "must be an https address")]
    [InlineData(Client + ":TokenAddress", "http://auth.siro.ai/oauth2/token", "must be an https address")]
    [InlineData(Client + ":RevocationAddress", "nowhere", "must be an https address")]
    [InlineData(Client + ":TokenLifetime", "00:00:09", "must be from 00:00:10")]
    [InlineData(Client + ":TokenLifetime", "1.00:00:01", "must be from 00:00:10")]
    [InlineData(Client + ":AccessTokenField", " ", "must not be empty")]
    [InlineData(Client + ":ErrorField", "access_token", "names the same field as " + Client + ":AccessTokenField")]
    [InlineData(Client + ":ClientSecretField", "client_id", "names the same field as " + Client + ":ClientIdField")]
    [InlineData(Client + ":Parameters:grant_type", "password", "names the same field as " + Client + ":GrantTypeField")]
    public void A_wrong_setting_is_told_by_its_path_without_a_secret(string path, string value, string what)
    {
        var refused = Assert.Throws<InvalidConfigurationException>(() => { BuiltHost.Create([.. Right(), (path, value)]); });
        var error = Assert.Single(refused.Errors);
        Assert.Equal(path, error.Path);
        Assert.StartsWith(what, error.What, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ClientCredentials")]
    [InlineData("Both")]
    public void A_kind_that_needs_a_client_app_asks_for_one(string choice)
    {
        var refused = Assert.Throws<InvalidConfigurationException>(() => { BuiltHost.Create((Organization + ":Credential", choice)); });
        Assert.Equal(Client, Assert.Single(refused.Errors).Path);
    }

    [Fact]
    public async Task Scopes_and_parameters_of_other_names_are_taken()
    {
        await using var _ = BuiltHost.Create(
            [.. Right(), (Client + ":Scope", "read write"), (Client + ":Parameters:audience", "siro"), (Client + ":ClientSecret", "a b")]);
    }

    private static (string, string)[] Right() =>
    [
        (Organization + ":Credential", "ClientCredentials"), (Client + ":ClientId", "app"), (Client + ":ClientSecret", "canary"),
    ];
}
