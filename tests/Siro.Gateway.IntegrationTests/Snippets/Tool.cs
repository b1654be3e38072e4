using System.Diagnostics;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Snippets;

/// <summary>The programs that snippets need, and how to run them.</summary>
internal static class Tool
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(90);

    /// <summary>Where a program is, or skips the test and says how to get it.</summary>
    public static string Require(string name, string package)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(
            found is null, $"{name} is not installed: 'apt-get install {package}' (Debian, Ubuntu) or 'brew install {package}'");
        return found!;
    }

    /// <summary>node_modules of the tests, or skips the test and says how to get it.</summary>
    public static string RequireNodeModules()
    {
        Require("node", "nodejs");
        var modules = Path.Combine(Snippet.Root, "tests", "Siro.Gateway.IntegrationTests", "node", "node_modules");
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "typescript")),
            "The packages are not installed: 'npm ci' in tests/Siro.Gateway.IntegrationTests/node");
        return modules;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int Exit, string Output)> RunAsync(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(file) { WorkingDirectory = folder ?? "", RedirectStandardInput = true,
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }

    /// <summary>A shell script in which curl fails on 4xx and 5xx, and <c>siro-gateway</c> is the built program.</summary>
    public static async Task<(int Exit, string Output)> ShellAsync(
        string script, string folder, IReadOnlyDictionary<string, string?> environment)
    {
        var bash = Require("bash", "bash");
        Require("curl", "curl");
        const string Prelude = """
            set -euo pipefail
            curl() { command curl --silent --show-error --fail-with-body --noproxy '*' --max-time 60 "$@"; echo; }
            siro-gateway() { "$DOTNET" exec --roll-forward Major "$GATEWAY_DLL" "$@"; }

            """;
        var all = new Dictionary<string, string?>(environment, StringComparer.Ordinal)
        {
            ["DOTNET"] = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["GATEWAY_DLL"] = GatewayProcess.Dll,
        };
        return await RunAsync(bash, ["-c", Prelude + script], all, folder);
    }
}
