using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Access;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Conventions;

public sealed class EndpointConventions
{
    [Fact]
    public async Task Every_endpoint_has_exactly_one_access_rule()
    {
        await using var app = BuiltHost.Create();

        Assert.NotEmpty(Endpoints(app));
        Assert.Empty(EndpointAccessCheck.Faults(Endpoints(app)));
    }

    [Fact]
    public async Task Every_permission_that_an_endpoint_asks_for_exists()
    {
        await using var app = BuiltHost.Create();

        Assert.All(Endpoints(app).SelectMany(e => e.Metadata.GetOrderedMetadata<EndpointAccess>()).OfType<EndpointAccess.Permission>(),
            p => Assert.Contains(p.Name, Permissions.All));
    }

    [Fact]
    public async Task What_is_open_to_all_is_health_and_documentation_alone()
    {
        await using var app = BuiltHost.Create();
        var open = Endpoints(app).Where(e => e.Metadata.GetMetadata<EndpointAccess>() is EndpointAccess.Open)
            .Select(e => e.RoutePattern.RawText!);

        Assert.All(open, route => Assert.Matches("^/?(health/|openapi/|docs|console|$)", route));
    }

    [Fact]
    public async Task A_host_with_an_endpoint_without_a_rule_does_not_start()
    {
        await using var app = BuiltHost.Create();
        app.MapGet("/forgotten", () => "everything");

        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("/forgotten", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_host_of_Siro_has_a_route_a_credential_kind_and_an_address()
    {
        await using var app = BuiltHost.Create();
        foreach (var host in Enum.GetValues<SiroHost>())
        {
            var route = Assert.Single(Endpoints(app), e => e.RoutePattern.RawText == $"/{host.Cluster()}/{{**path}}");
            var access = Assert.IsType<EndpointAccess.PerOperation>(route.Metadata.GetMetadata<EndpointAccess>());
            var request = new SiroRequest { Organization = new("acme"), Host = host, Client = new("crm"), Operation = "GET /" };
            Assert.Equal(access.NeedsUser, request.NeedsUserToken);
            Assert.Contains(route.Metadata.GetOrderedMetadata<IAuthorizeData>(), a => a.Policy == OperationPermission.Policy);
            Assert.NotNull(app.Configuration[SiroAddresses.Path(host)]);
        }
    }

    /// <summary>A package brought one along: it gave every call new context objects, and every await its context to carry.</summary>
    [Fact]
    public async Task No_call_carries_its_context_in_an_ambient_variable()
    {
        await using var app = BuiltHost.Create();
        Assert.Null(app.Services.GetService<IHttpContextAccessor>());
    }

    private static List<RouteEndpoint> Endpoints(IEndpointRouteBuilder app) =>
        [.. app.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];
}
