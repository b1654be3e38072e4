using Microsoft.Extensions.Configuration;
using Siro.Gateway.Access;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Tests.Access;

public sealed class ClientsOptionsValidatorTests
{
    private const string Hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static readonly Dictionary<string, string?> Good = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Siro:Organizations:acme:OrganizationToken"] = "t",
        ["Redis:Configuration"] = "127.0.0.1:1",
        ["Store:EncryptionKeys:0"] = Convert.ToBase64String(new byte[32]),
        ["Clients:crm:ApiKeyHashes:0"] = Hash,
    };

    [Fact]
    public void A_good_configuration_has_no_errors() => Assert.Empty(ErrorsOf());

    [Theory]
    [InlineData("Clients:crm:Permissions:0", "external:reed", "Clients:crm:Permissions:0")]
    [InlineData("Clients:crm:Organization", "other", "Clients:crm:Organization")]
    [InlineData("Clients:crm:ApiKeyHashes:0", "sha256:00", "Clients:crm:ApiKeyHashes:0")]
    [InlineData("Clients:other:ApiKeyHashes:0", Hash, "Clients:other:ApiKeyHashes:0")]
    [InlineData("Clients:crm:ClientIds:0", " ", "Clients:crm:ClientIds:0")]
    [InlineData("Clients:crm:Weight", "0", "Clients:crm:Weight")]
    [InlineData("Clients:crm:Weight", "much", "Clients:crm:Weight")]
    [InlineData("Clients:crm:Priority", "7", "Clients:crm:Priority")]
    [InlineData("Clients:crm:Users:0", "a/b", "Clients:crm:Users:0")]
    [InlineData("Clients:crm:DefaultUser", "*", "Clients:crm:DefaultUser")]
    [InlineData("Siro:Organizations:second:OrganizationToken", "t", "Clients:crm:Organization")]
    [InlineData("Authentication:ClockSkew", "01:00:00", "Authentication:ClockSkew")]
    [InlineData("Authentication:Jwt:Authority", "https://id.example", "Authentication:Jwt:Audience")]
    [InlineData("Authentication:AzureAd:TenantId", "common", "Authentication:AzureAd:TenantId")]
    [InlineData("Authentication:AzureAd:TenantId", "contoso.com", "Authentication:AzureAd:ClientId")]
    [InlineData("Proxy:MaxBodyBytes", "1", "Proxy:MaxBodyBytes")]
    [InlineData("Proxy:ActivityTimeout", "00:00:10", "Proxy:ActivityTimeout")]
    public void An_error_is_named_by_its_path(string key, string value, string path) =>
        Assert.Contains(ErrorsOf((key, value)), m => m.Path == path);

    [Fact]
    public void An_authority_without_https_is_an_error_unless_allowed_or_on_the_loopback()
    {
        Assert.Contains(ErrorsOf(("Authentication:Jwt:Authority", "http://id.example"), ("Authentication:Jwt:Audience", "a")),
            m => m.Path == "Authentication:Jwt:Authority");
        Assert.Empty(ErrorsOf(("Authentication:Jwt:Authority", "http://id.example"), ("Authentication:Jwt:Audience", "a"),
            ("Authentication:Jwt:RequireHttpsMetadata", "false")));
        Assert.Empty(ErrorsOf(("Authentication:Jwt:Authority", "http://127.0.0.1:5"), ("Authentication:Jwt:Audience", "a")));
    }

    [Fact]
    public void Several_tenants_are_taken_only_where_each_is_named()
    {
        (string, string?)[] Several(string tenant, params string[] allowed) =>
        [
            ("Authentication:AzureAd:TenantId", tenant), ("Authentication:AzureAd:ClientId", "11111111-2222-3333-4444-555555555555"),
            .. allowed.Select((t, i) => ($"Authentication:AzureAd:AllowedTenants:{i}", (string?)t)),
        ];
        const string Id = "72f988bf-86f1-41af-91ab-2d7cd011db47";

        Assert.Empty(ErrorsOf(Several("organizations", Id)));
        Assert.Empty(ErrorsOf(Several("Common", Id)));
        Assert.Contains(ErrorsOf(Several("organizations")), m => m.Path == "Authentication:AzureAd:TenantId");
        Assert.Contains(ErrorsOf(Several("consumers", Id)), m => m.Path == "Authentication:AzureAd:TenantId");
        Assert.Contains(ErrorsOf(Several("organizations", Id, "contoso.com")), m => m.Path == "Authentication:AzureAd:AllowedTenants:1");
        Assert.Contains(ErrorsOf(Several(Id, Id)), m => m.Path == "Authentication:AzureAd:AllowedTenants");
    }

    [Fact]
    public void A_gateway_that_nobody_can_enter_does_not_start()
    {
        Assert.Contains(ErrorsOf(("Clients:crm:ApiKeyHashes:0", null)), m => m.Path == "Clients");
        Assert.Contains(ErrorsOf(("Clients:crm:ApiKeyHashes:0", null), ("Clients:crm:ClientIds:0", "id")), m => m.Path == "Clients");
        Assert.Empty(ErrorsOf(("Clients:crm:ApiKeyHashes:0", null), ("Clients:crm:ClientIds:0", "id"),
            ("Authentication:Jwt:Authority", "https://id.example"), ("Authentication:Jwt:Audience", "a")));
    }

    [Fact]
    public void Two_clients_never_share_an_id() =>
        Assert.Contains(
            ErrorsOf(("Clients:crm:ClientIds:0", "id"), ("Clients:erp:ClientIds:0", "id")), m => m.Path == "Clients:erp:ClientIds:0");

    [Fact]
    public void Without_any_configuration_every_missing_setting_is_named()
    {
        var e = Assert.Throws<InvalidConfigurationException>(() => GatewayHost.Build([]));

        Assert.Superset(
            new HashSet<string>(
                StringComparer.Ordinal) { "Siro:Organizations", "Redis:Configuration", "Store:EncryptionKeys:0", "Clients" },
            e.Errors.Select(m => m.Path).ToHashSet(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Uploads:SpoolBytes", "1000")]
    [InlineData("Webhooks:Retention", "00:00:05")]
    [InlineData("Reconciliation:Interval", "00:00:00.2")]
    public void Small_values_for_trials_are_taken(string key, string value) => Assert.Empty(ErrorsOf((key, value)));

    [Fact]
    public void A_value_of_the_wrong_form_hides_no_other_error()
    {
        var paths = ErrorsOf(("Budget:MaxWait", "soon"), ("Clients:crm:Weight", "heavy"), ("Clients:crm:Permissions:0", "nothing"),
            ("Uploads:MaxBytes", "-1"), ("Redis:Configuration", null)).Select(m => m.Path).ToList();

        Assert.Equal(["Budget:MaxWait", "Clients:crm:Permissions:0", "Clients:crm:Weight", "Redis:Configuration", "Uploads:MaxBytes"],
            paths.Order(StringComparer.Ordinal));
    }

    private static IReadOnlyList<ValidationError> ErrorsOf(params (string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Good, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in changes)
        {
            settings.Remove(key);
            if (value is not null)
            {
                settings[key] = value;
            }
        }

        try
        {
            var app = GatewayHost.Build([], builder => builder.Configuration.AddInMemoryCollection(settings));
            ((IDisposable)app).Dispose();
            return [];
        }
        catch (InvalidConfigurationException e)
        {
            return e.Errors;
        }
    }
}
