using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>The emulator as a process of its own, as people start it: what it plays is said by flags, and changed while it runs.</summary>
internal sealed partial class EmulatorProcess : IAsyncDisposable
{
    private const string Token = "siroorg_flags-organization-token-000000000000";
    private const string ClientSecret = "flags-client-secret-000000000000";
    private const string ClientAppSecret = "flags-client-app-secret-000000000";

    private readonly ProcessHandle _process;
    private readonly Uri _address;
    private readonly HttpClient _control;

    private EmulatorProcess(ProcessHandle process, Uri address)
    {
        _process = process;
        _address = address;
        _control = new HttpClient { BaseAddress = new Uri(address, "/_emulator/") };
    }

    /// <summary>None of these may stand in a log.</summary>
    public static IReadOnlyList<string> Secrets { get; } = [Token, ClientSecret, ClientAppSecret];

    public static async Task<EmulatorProcess> StartAsync(params string[] flags)
    {
        var process = ProcessHandle.StartDotnet(
            GatewayProcess.Dll.Replace("Siro.Gateway", "Siro.Emulator", StringComparison.Ordinal),
            [
                "--urls", "http://127.0.0.1:0", "--organization-token", Token, "--client-id", "app", "--client-secret", ClientSecret,
                "--organization-id", "org", "--user-id", "user", "--client-app-id", "client-app", "--client-app-secret", ClientAppSecret,
                .. flags,
            ]);
        try
        {
            var line = await process.LineAsync("control  ");
            return new EmulatorProcess(process, new Uri(Address().Match(line).Value));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A gateway's settings for it, with both kinds of credential.</summary>
    /// <param name="settings">Of another emulator; everything that names it is replaced.</param>
    public Dictionary<string, string?> Settings(IReadOnlyDictionary<string, string?> settings, string credential)
    {
        const string acme = "Siro:Organizations:acme";
        return new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase)
        {
            ["ReverseProxy:Clusters:external:Destinations:siro:Address"] = new Uri(_address, "/api-externalApi/").AbsoluteUri,
            ["ReverseProxy:Clusters:platform:Destinations:siro:Address"] = new Uri(_address, "/").AbsoluteUri,
            ["ReverseProxy:Clusters:internal:Destinations:siro:Address"] = new Uri(_address, "/api-internalApi/").AbsoluteUri,
            [acme + ":OrganizationToken"] = Token,
            [acme + ":OrganizationId"] = "org",
            [acme + ":DefaultUserId"] = "user",
            [acme + ":OAuth:ClientId"] = "app",
            [acme + ":OAuth:ClientSecret"] = ClientSecret,
            [acme + ":Credential"] = credential,
            [acme + ":ClientCredentials:TokenAddress"] = new Uri(_address, "/_auth/oauth2/token").AbsoluteUri,
            [acme + ":ClientCredentials:ClientId"] = "client-app",
            [acme + ":ClientCredentials:ClientSecret"] = ClientAppSecret,
        };
    }

    /// <summary>Changes what it plays while it runs.</summary>
    public async Task ChangeAsync(object settings)
    {
        using var answer = await _control.PatchAsJsonAsync("settings", settings, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync()
    {
        _control.Dispose();
        return _process.DisposeAsync();
    }

    [GeneratedRegex(@"http://[^\s/]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
