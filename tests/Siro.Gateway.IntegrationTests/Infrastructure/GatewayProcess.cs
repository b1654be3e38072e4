using System.Reflection;
using System.Text.RegularExpressions;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A gateway as a process of its own, to be paused, stopped and killed.</summary>
public sealed partial class GatewayProcess : IAsyncDisposable
{
    /// <summary>A start takes seconds; on a machine that does much else, many more.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    private GatewayProcess(ProcessHandle process, Uri address, IDictionary<string, string?> settings)
    {
        Process = process;
        Address = address;
        Settings = settings;
    }

    /// <summary>What it was started with, for commands beside it.</summary>
    public IDictionary<string, string?> Settings { get; }

    public ProcessHandle Process { get; }

    public Uri Address { get; }

    /// <summary>What it printed.</summary>
    public IReadOnlyList<string> Output => Process.Output;

    /// <summary>
    /// Starts the built Siro.Gateway.dll with the settings as environment variables, and waits until it answers <c>/health/live</c>.
    /// </summary>
    public static Task<GatewayProcess> StartAsync(IDictionary<string, string?> settings, params string[] arguments) =>
        StartAsync(Dll, settings, null, arguments);

    /// <summary>The same of a build of its own, of another version for instance, or behind a command that becomes it.</summary>
    public static async Task<GatewayProcess> StartAsync(
        string dll, IDictionary<string, string?> settings, IReadOnlyList<string>? launcher = null, params string[] arguments)
    {
        var process = Run(dll, settings, ["--urls", "http://127.0.0.1:0", .. arguments], launcher);
        try
        {
            var line = await process.LineAsync("Now listening on: ", TimeLimit);
            var gateway = new GatewayProcess(process, new Uri(Listening().Match(line).Groups[1].Value), settings);
            using var client = gateway.CreateClient(apiKey: null);
            await Until.TrueAsync(
                async () => (await client.GetAsync("/health/live")).IsSuccessStatusCode, "the gateway answers /health/live", TimeLimit);
            return gateway;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it has its store: before that it serves what it can by itself.</summary>
    public async Task ReadyAsync()
    {
        using var client = CreateClient(apiKey: null);
        await Until.TrueAsync(async () => (await client.GetStringAsync("/health/ready")).Contains("\"ready\"", StringComparison.Ordinal),
            "the gateway has its store");
    }

    /// <summary>Runs it without waiting for anything: for commands and for starts that are to fail.</summary>
    public static ProcessHandle Run(IDictionary<string, string?> settings, params string[] arguments) => Run(Dll, settings, arguments);

    private static ProcessHandle Run(
        string dll, IDictionary<string, string?> settings, string[] arguments, IReadOnlyList<string>? launcher = null)
    {
        var environment = settings.ToDictionary(
            s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value, StringComparer.OrdinalIgnoreCase);
        environment.TryAdd("DOTNET_ENVIRONMENT", "Production");
        environment.TryAdd("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information");
        return ProcessHandle.StartDotnet(dll, arguments, environment, launcher);
    }

    /// <summary>A client that sends this API key with every request; none for null.</summary>
    public HttpClient CreateClient(string? apiKey = GatewaySettings.AdminKey) => GatewayInProcess.ClientOf(Address, apiKey);

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>SIGSTOP.</summary>
    public void Pause() => Process.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Process.Resume();

    /// <summary>SIGTERM, and waits for its own end; answers with the exit code.</summary>
    public Task<int> StopAsync(TimeSpan? within = null)
    {
        Process.Terminate();
        return Process.WaitForExitAsync(within ?? TimeSpan.FromSeconds(40));
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    /// <summary>As the tests were built: .../bin/{configuration}/{framework}/.</summary>
    internal static string Dll { get; } = Find();

    private static string Find()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = typeof(GatewayProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(a => a.Key == "RepositoryRoot").Value!;
        return Path.GetFullPath(Path.Combine(root, "src", "Siro.Gateway", "bin", own.Parent!.Name, own.Name, "Siro.Gateway.dll"));
    }

    [GeneratedRegex(@"Now listening on: (http://[^\s\""]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
