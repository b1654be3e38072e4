using Siro.Gateway.Access;
using Siro.Gateway.Proxy;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Proxy;

public sealed class OperationTableTests
{
    private static readonly OperationTable Table = OperationTable.Published();

    /// <summary>Siro's published operations as they were listed when this was written: host, method, template.</summary>
    private static IEnumerable<(SiroHost Host, string Method, string Template)> Published()
    {
        using var stream = typeof(OperationTableTests).Assembly.GetManifestResourceStream(
            "Siro.Gateway.Tests.Proxy.published-operations.tsv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t'))
            .Select(l => (Enum.Parse<SiroHost>(l[0], ignoreCase: true), l[1], l[2]))];
    }

    [Fact]
    public void All_214_published_operations_are_found_by_their_own_template()
    {
        var published = Published().ToList();

        Assert.Equal(214, published.Count);
        Assert.All(published, o => Assert.Equal($"{o.Method} {o.Template}", Table.Find(o.Host, o.Method, Filled(o.Template)).Name));
    }

    [Fact]
    public void Every_operation_asks_for_a_known_permission_of_its_host()
    {
        foreach (var (host, method, template) in Published())
        {
            var permission = Table.Find(host, method, Filled(template)).Permission;
            Assert.Contains(permission, Permissions.All);
            Assert.StartsWith(host == SiroHost.External ? "external:" : permission == Permissions.Admin ? "admin" : "platform:", permission,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_read_permission_opens_a_change_but_for_searches()
    {
        string[] searches =
        [
            "POST /v1/core/recordings", "POST /v1/core/recordings/search", "POST /v2/core/recordings/search",
            "POST /v2/core/recordings/search/slim",
            "POST /v2/core/recordings/list-decorations", "POST /v2/core/recordings/users/{userId}/list",
        ];
        var readable = Published().Where(o => o.Method != "GET").Select(o => Table.Find(o.Host, o.Method, Filled(o.Template)))
            .Where(o => o.Permission.EndsWith(":read", StringComparison.Ordinal)).Select(o => o.Name);

        Assert.Equal(searches.Order(StringComparer.Ordinal), readable.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("POST", "/v1/core/auth/tokens")]
    [InlineData("DELETE", "/v1/core/auth/tokens/1")]
    [InlineData("POST", "/v1/core/oauth/apps")]
    [InlineData("DELETE", "/v1/core/oauth/apps/1")]
    [InlineData("POST", "/v1/core/oauth/apps/1/access-token")]
    [InlineData("DELETE", "/v1/core/oauth/apps/1/access-token/2")]
    [InlineData("POST", "/v1/core/organizations")]
    [InlineData("DELETE", "/v1/core/organizations/1")]
    [InlineData("POST", "/v1/core/users")]
    [InlineData("DELETE", "/v1/core/users/1")]
    [InlineData("POST", "/v1/core/integrations/connections")]
    [InlineData("DELETE", "/v1/core/integrations/connections/1")]
    [InlineData("PUT", "/v1/core/integrations/salesforce")]
    [InlineData("PUT", "/v7/invented")]
    [InlineData("OPTIONS", "/v1/core/users")]
    [InlineData("BREW", "/v1/core/users")]
    public void What_mints_or_deletes_power_and_what_is_not_known_needs_admin_on_external(string method, string path) =>
        Assert.Equal(Permissions.ExternalAdmin, Table.Find(SiroHost.External, method, path).Permission);

    [Theory]
    [InlineData(SiroHost.Platform, "GET", "/v1/billing-graph/accounts/1")]
    [InlineData(SiroHost.Platform, "GET", "/v1/billing-graph/invented/later")]
    [InlineData(SiroHost.Platform, "HEAD", "/v1/licenses/remaining")]
    [InlineData(SiroHost.Platform, "PUT", "/v1/subscription")]
    [InlineData(SiroHost.Platform, "GET", "/v1/subscription")]
    [InlineData(SiroHost.Platform, "POST", "/v1/portal/session")]
    [InlineData(SiroHost.Platform, "GET", "/v1/invoices/line-items")]
    [InlineData(SiroHost.Platform, "GET", "/v2/core/billing/plans")]
    [InlineData(SiroHost.Internal, "GET", "/v1/licenses/remaining")]
    [InlineData(SiroHost.Platform, "DELETE", "/v7/invented")]
    [InlineData(SiroHost.Internal, "POST", "/v7/invented")]
    public void Money_and_the_unknown_need_admin_on_platform(SiroHost host, string method, string path) =>
        Assert.Equal(Permissions.Admin, Table.Find(host, method, path).Permission);

    [Theory]
    [InlineData("/v1/core/oauth/apps/1/access-token/")]
    [InlineData("/V1/Core/OAuth/Apps/1/Access-Token")]
    [InlineData("/v1/core/%6Fauth/apps/1/access-token")]
    [InlineData("/v1/core/oauth;x=y/apps/1/access-token;z")]
    [InlineData("/v1/core/oauth/apps/%31%20/access%2Dtoken")]
    public void No_spelling_of_an_operation_asks_for_less(string path) =>
        Assert.Equal("POST /v1/core/oauth/apps/{clientId}/access-token", Table.Find(SiroHost.External, "POST", path).Name);

    [Theory]
    [InlineData(SiroHost.External, "GET", "/v9/new", Permissions.ExternalRead)]
    [InlineData(SiroHost.External, "HEAD", "/v1/core/users", Permissions.ExternalRead)]
    [InlineData(SiroHost.Platform, "GET", "/v9/new", Permissions.PlatformRead)]
    [InlineData(SiroHost.Platform, "GET", "/", Permissions.PlatformRead)]
    [InlineData(SiroHost.Platform, "POST", "/v2/core/recordings", Permissions.PlatformWrite)]
    [InlineData(SiroHost.Internal, "POST", "/v1/core/conversation-configurations", Permissions.PlatformWrite)]
    [InlineData(SiroHost.Internal, "GET", "/v1/core/conversation-configurations", Permissions.PlatformRead)]
    [InlineData(SiroHost.Platform, "GET", "/v1/core/recordings/search", Permissions.PlatformRead)]
    public void Reads_and_known_writes_ask_for_the_hosts_word(SiroHost host, string method, string path, string permission) =>
        Assert.Equal(permission, Table.Find(host, method, path).Permission);

    [Fact]
    public void A_literal_goes_before_a_parameter_and_gives_way_to_it_by_method()
    {
        Assert.Equal("POST /v1/core/recordings/search", Table.Find(SiroHost.Platform, "POST", "/v1/core/recordings/search").Name);
        Assert.Equal("GET /v1/core/recordings/{id}", Table.Find(SiroHost.Platform, "GET", "/v1/core/recordings/search").Name);
    }

    private static string Filled(string template) =>
        string.Join('/', template.Split('/').Select(s => s.StartsWith('{') ? "0f8fad5b-d9cb-469f-a165-70867728950e" : s));
}
