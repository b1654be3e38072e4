using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>The built program: a start that fails says why, and a key that a command made is accepted.</summary>
public sealed class StartTests(StartTests.Fixture fixture) : IClassFixture<StartTests.Fixture>
{
    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }

    [Fact]
    public async Task Without_configuration_every_missing_setting_is_listed_and_the_exit_code_is_1()
    {
        await using var process = GatewayProcess.Run(new Dictionary<string, string?>(StringComparer.Ordinal));

        Assert.Equal(1, await process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        var output =
            await Until.GetAsync(() => Task.FromResult(string.Join('\n', process.Output) is var text
            && text.Contains("Clients:", StringComparison.Ordinal) ? text : null), "the errors are printed");
        Assert.Contains("Siro:Organizations:", output, StringComparison.Ordinal);
        Assert.Contains("Redis:Configuration:", output, StringComparison.Ordinal);
        Assert.Contains("Store:EncryptionKeys:0:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_a_line_and_the_exit_code_is_1()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var process = GatewayProcess.Run(fixture.Settings, "--urls", $"http://{taken.LocalEndpoint}");

        Assert.Equal(1, await process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        await process.LineAsync($"http://{taken.LocalEndpoint}: address already in use. Name another address by ASPNETCORE_HTTP_PORTS");
        Assert.DoesNotContain(process.Output, l => l.StartsWith("Unhandled exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_made_by_the_command_opens_the_door_and_stands_nowhere_in_the_log()
    {
        await using var command = GatewayProcess.Run(
            new Dictionary<string, string?>(StringComparer.Ordinal), "api-key", "create", "crm", "--json");
        Assert.Equal(0, await command.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        var line = await command.LineAsync("apiKey");
        using var made = JsonDocument.Parse(line);
        var key = made.RootElement.GetProperty("apiKey").GetString()!;
        Assert.Equal("Clients:crm:ApiKeyHashes:0", made.RootElement.GetProperty("setting").GetString());

        await using var gateway =
            await fixture.StartProcessAsync((made.RootElement.GetProperty("setting").GetString()!,
            made.RootElement.GetProperty("hash").GetString()), ("Clients:crm:Permissions:0", "external:read"));
        using var client = gateway.CreateClient(key);
        using var response = await client.GetAsync("/external/v1/core/users", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await gateway.Process.LineAsync("external GET /v1/core/users 200");
        Assert.DoesNotContain(gateway.Output, l => l.Contains(key, StringComparison.Ordinal)
            || l.Contains(fixture.Emulator.Default.Token, StringComparison.Ordinal));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory]
    [InlineData("api-key", "create")]
    [InlineData("api-key", "create", "a b")]
    [InlineData("api-kee")]
    public async Task A_command_that_is_wrong_says_so_and_ends_with_1(params string[] arguments)
    {
        await using var command = GatewayProcess.Run(new Dictionary<string, string?>(StringComparer.Ordinal), arguments);

        Assert.Equal(1, await command.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }
}
