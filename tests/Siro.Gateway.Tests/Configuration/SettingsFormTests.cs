using Microsoft.Extensions.Configuration;
using Siro.Gateway.Configuration;
using Siro.Gateway.Tests.Conventions;

namespace Siro.Gateway.Tests.Configuration;

public sealed class SettingsFormTests
{
    [Theory]
    [InlineData("Webhooks:Retention", "24:00:00", "must be a duration: hh:mm:ss with at most 23 hours, or d.hh:mm:ss")]
    [InlineData("Webhooks:Retention", "10", "must be a duration")]
    [InlineData("Webhooks:Retention", "1h", "must be a duration")]
    [InlineData("Budget:Requests", "many", "must be a whole number")]
    [InlineData("Reconciliation:Enabled", "yes", "must be true or false")]
    [InlineData("Clients:crm:Permissions", "external:read", "must be a list, with a number for each entry (Clients:crm:Permissions:0)")]
    [InlineData("Clients:billing", "external:read", "must be an object")]
    [InlineData("Siro:Organizations:acme:Credential", "OAuth", "must be one of OrganizationToken, ClientCredentials, Both")]
    [InlineData("Siro:Organizations:acme:Credential", "7", "must be one of OrganizationToken, ClientCredentials, Both")]
    [InlineData("Siro:Organizations:acme:Credential", "OrganizationToken, Both", "must be one of OrganizationToken")]
    [InlineData("Siro:UserAgent", "G\u00e4te", "must be plain ASCII")]
    [InlineData("Siro:UserAgent", "a\r\nX-Evil: b", "must be plain ASCII")]
    [InlineData("ReverseProxy:Clusters:external:Destinations:siro:Address", "https://u:p@functions.siro.ai/api-externalApi",
        "must end with its path")]
    [InlineData("ReverseProxy:Clusters:external:Destinations:siro:Address", "https://functions.siro.ai/api-externalApi?x=1",
        "must end with its path")]
    public void A_value_that_is_no_value_for_its_setting_is_refused_with_the_form_that_it_needs(string path, string value, string what)
    {
        var refused = Assert.Throws<InvalidConfigurationException>(() => { BuiltHost.Create((path, value)); });
        var error = Assert.Single(refused.Errors, m => m.Path == path);
        Assert.StartsWith(what, error.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Webhooks:Retention", "1.00:00:00")]
    [InlineData("Webhooks:Retention", "23:59:59")]
    [InlineData("Webhooks:Tolerance", "00:04:00.5")]
    [InlineData("Siro:Organizations:acme:Credential", "organizationtoken")]
    [InlineData("Proxy", "http://proxy.example:3128")]
    public async Task A_value_of_the_right_form_is_taken(string path, string value)
    {
        await using var _ = BuiltHost.Create((path, value));
    }

    [Theory]
    [InlineData("Clients:crm:Permission:0", "Clients:crm:Permission", "; did you mean Clients:crm:Permissions?")]
    [InlineData("Siro:Organizations:acme:OrganisationToken", "Siro:Organizations:acme:OrganisationToken",
        "; did you mean Siro:Organizations:acme:OrganizationToken?")]
    [InlineData("Budget:Colour", "Budget:Colour", "")]
    [InlineData("ReverseProxy:Routes:mine:ClusterId", "ReverseProxy:Routes", "")]
    public async Task A_setting_that_nothing_reads_is_told_with_what_may_have_been_meant(string path, string told, string meant)
    {
        IReadOnlyList<ValidationError> unread = [];
        await using var _ = BuiltHost.Create(b => unread = b.Registry().Unread(), (path, "x"));
        Assert.Equal(new ValidationError(told, "is not a setting of the gateway and is ignored" + meant), Assert.Single(unread));
    }
}
