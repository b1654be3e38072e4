using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>
/// <c>oauth-app create</c> and <c>token check</c>, as an operator runs them: with the gateway's settings, before there is a store or an
/// app.
/// </summary>
public class CommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_is_made_and_printed_with_the_gateways_settings()
    {
        await using var emulator = await Siro.Emulator.EmulatorHost.StartAsync(cancel: Cancel);
        var (exitCode, output) = await RunAsync(
            emulator, ["oauth-app", "create", "--organization", "acme", "--owner", emulator.Default.UserId, "--name", "The gateway"]);
        Assert.True(exitCode == 0, output);
        // What is said to a person comes by another pipe, and may stand anywhere among the lines.
        output = output.Replace(
            Assert.Single(output.Split('\n'), l => l.Contains("shown this once", StringComparison.Ordinal)), "", StringComparison.Ordinal);
        using var json = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)]);
        var app = emulator.Default.Organization.App(json.RootElement.GetProperty("clientId").GetString()!)!;
        Assert.Equal("The gateway", app.AppName);
        Assert.Equal(app.ClientSecret, json.RootElement.GetProperty("clientSecret").GetString());
        Assert.Equal(app.ClientSecret,
            json.RootElement.GetProperty("settings").GetProperty("Siro:Organizations:acme:OAuth:ClientSecret").GetString());
        Assert.Equal(emulator.Default.Id,
            JsonDocument.Parse(emulator.Journal.Read(path: "/v1/core/oauth/apps", method: "POST")[0].BodyText).RootElement
            .GetProperty("organizationId").GetString());
    }

    [Fact]
    public async Task As_a_Kubernetes_Secret_its_keys_are_the_files_that_the_gateway_reads()
    {
        await using var emulator = await Siro.Emulator.EmulatorHost.StartAsync(cancel: Cancel);
        var (exitCode, output) = await RunAsync(
            emulator,
            ["oauth-app", "create", "--owner", emulator.Default.UserId, "--name", "gateway", "--output", "kubernetes", "--secret-name",
                "acme-siro"]);
        Assert.True(exitCode == 0, output);
        var app = emulator.Default.Organization.Apps.Single(a => a.AppName == "gateway");
        Assert.Contains($"""
            apiVersion: v1
            kind: Secret
            metadata:
              name: acme-siro
              labels:
                app.kubernetes.io/name: siro-gateway
            type: Opaque
            stringData:
              Siro__Organizations__acme__OAuth__ClientId: "{app.ClientId}"
              Siro__Organizations__acme__OAuth__ClientSecret: "{app.ClientSecret}"
            """, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_check_says_who_the_token_is_and_what_is_wrong_with_it()
    {
        await using var emulator = await Siro.Emulator.EmulatorHost.StartAsync(cancel: Cancel);
        var (exitCode, output) = await RunAsync(emulator, ["token", "check"]);
        Assert.True(exitCode == 0, output);
        Assert.Contains($"acme: token 'gateway' ({emulator.Default.OrganizationToken.Id}) of Siro organization {emulator.Default.Id}",
            output, StringComparison.Ordinal);

        (exitCode, output) = await RunAsync(
            emulator, ["token", "check", "--organization", "acme"], ("Siro:Organizations:acme:OrganizationToken", "siroorg_canary"));
        Assert.Equal(2, exitCode);
        Assert.Contains("Siro refused the organization token of acme", output, StringComparison.Ordinal);
        Assert.DoesNotContain("siroorg_canary", output, StringComparison.Ordinal);

        (exitCode, output) = await RunAsync(
            emulator, ["token", "check"], ("ReverseProxy:Clusters:external:Destinations:siro:Address", "http://127.0.0.1:1"));
        Assert.Equal(3, exitCode);
        Assert.Contains("No connection to Siro could be made", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);

        (exitCode, output) = await RunAsync(emulator, ["token", "check", "--organization", "other"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("The organization other is not configured", output, StringComparison.Ordinal);

        (exitCode, output) = await RunAsync(emulator, ["token", "check"], ("Siro:Organizations:acme:OrganizationToken", ""));
        Assert.Equal(1, exitCode);
        Assert.Contains("Siro:Organizations:acme:OrganizationToken", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        Siro.Emulator.EmulatorHost emulator, string[] arguments, params (string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["ReverseProxy:Clusters:external:Destinations:siro:Address"] = emulator.External.AbsoluteUri,
            ["Siro:Organizations:acme:OrganizationToken"] = emulator.Default.Token,
        };
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        await using var process = GatewayProcess.Run(settings, arguments);
        var exitCode = await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return (exitCode, string.Join('\n', process.OutputThenErrors));
    }
}
