using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Hosting;

namespace Siro.Gateway.HostingTests.Model;

/// <summary>An application that can't work says so, all at once and before anything of it starts.</summary>
public sealed class GatewayValidationTests
{
    [Fact]
    public async Task A_gateway_without_Redis_organization_and_client_names_all_three()
    {
        var builder = Applications.Create();
        builder.AddSiroGateway("gateway");

        var message = await RefusedAsync(builder);

        Assert.Contains("The gateway 'gateway' can't start", message, StringComparison.Ordinal);
        Assert.Contains("has no Redis", message, StringComparison.Ordinal);
        Assert.Contains("has no organization", message, StringComparison.Ordinal);
        Assert.Contains("has no client", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_permission_is_named_with_those_that_exist()
    {
        var builder = Applications.Create();
        builder.AddSiroGateway("gateway")
            .WithRedis(builder.AddConnectionString("redis"))
            .WithSiro(builder.AddSiroEmulator("siro"))
            .WithClient("crm", "uploads:write", "events:raed");

        var message = await RefusedAsync(builder);

        Assert.Contains("'crm' has the permission 'events:raed', which does not exist", message, StringComparison.Ordinal);
        Assert.Contains("'events:read'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Redis", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_organization_is_named_with_those_that_exist()
    {
        var builder = Applications.Create();
        builder.AddSiroGateway("gateway")
            .WithRedis(builder.AddConnectionString("redis"))
            .WithOrganization("acme")
            .WithClient("crm", client =>
            {
                client.Organization = "acm";
                client.Permissions.Add(SiroPermissions.ExternalRead);
            });

        Assert.Contains(
            "names the organization 'acm', which does not exist. Use 'acme'", await RefusedAsync(builder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_must_choose_between_several_organizations()
    {
        var builder = Applications.Create();
        builder.AddSiroGateway("gateway")
            .WithRedis(builder.AddConnectionString("redis"))
            .WithOrganization("acme")
            .WithOrganization("globex")
            .WithClient("crm", SiroPermissions.ExternalRead);

        Assert.Contains(
            "names no organization, and there are several. Set its Organization to 'acme', 'globex'",
            await RefusedAsync(builder),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_names_clients_without_permission_and_unknown_clients_of_applications_are_named()
    {
        var builder = Applications.Create();
        var gateway = builder.AddSiroGateway("gateway")
            .WithRedis(builder.AddConnectionString("redis"))
            .WithSiro(builder.AddSiroEmulator("siro"))
            .WithClient("crm")
            .WithClient("CRM", SiroPermissions.Admin);
        builder.AddExecutable("app", "app", ".").WithSiroGateway(gateway, "cmr");

        var message = await RefusedAsync(builder);

        Assert.Contains("more than one client 'crm'", message, StringComparison.Ordinal);
        Assert.Contains("'crm' has no permission", message, StringComparison.Ordinal);
        Assert.Contains("'app' is the client 'cmr', which does not exist", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_not_there_is_named_when_the_gateway_is_added()
    {
        var builder = Applications.Create();

        var refused = Assert.Throws<DistributedApplicationException>(
            () => builder.AddSiroGateway("gateway", program: "/nowhere/Siro.Gateway.dll"));

        Assert.Contains("/nowhere/Siro.Gateway.dll", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_permissions_of_the_package_are_those_of_the_gateway() =>
        Assert.Equal(Access.Permissions.All, SiroPermissions.All);

    private static async Task<string> RefusedAsync(IDistributedApplicationBuilder builder)
    {
        await using var application = builder.Build();
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => application.StartAsync(TestContext.Current.CancellationToken));
        var states = application.Services.GetRequiredService<ResourceNotificationService>();
        Assert.False(states.TryGetCurrentState("gateway", out _), "the gateway was started");
        return refused.Message;
    }
}
