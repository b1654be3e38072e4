using System.Formats.Tar;
using System.Reflection;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>The gateway of an earlier commit, built from the repository's history into a temporary directory.</summary>
internal sealed class EarlierBuild : IAsyncDisposable
{
    /// <summary>The last commit before the folders, keys and scripts got their present owners.</summary>
    private const string Default = "704717e";

    private readonly TemporaryDirectory _directory = new();

    /// <summary><c>SIRO_UPGRADE_FROM</c> names another commit or tag.</summary>
    public static string Commit => Environment.GetEnvironmentVariable("SIRO_UPGRADE_FROM") is { Length: > 0 } named ? named : Default;

    public string Dll => Path.Combine(_directory.Path, "out", "Siro.Gateway.dll");

    private static string Root { get; } =
        typeof(EarlierBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>True where the history reaches back that far; a shallow clone's does not.</summary>
    public static async Task<bool> IsKnownAsync()
    {
        await using var git = ProcessHandle.Start("git", ["-C", Root, "cat-file", "-e", Commit + "^{commit}"]);
        return await git.WaitForExitAsync(TimeSpan.FromSeconds(30)) == 0;
    }

    public static async Task<EarlierBuild> MakeAsync()
    {
        var build = new EarlierBuild();
        try
        {
            var source = Path.Combine(build._directory.Path, "source");
            var archive = source + ".tar";
            await RunAsync("git", ["-C", Root, "archive", "--format=tar", "--output=" + archive, Commit], TimeSpan.FromMinutes(1));
            Directory.CreateDirectory(source);
            await TarFile.ExtractToDirectoryAsync(archive, source, overwriteFiles: false);
            var project = Path.Combine(source, "src", "Siro.Gateway");
            string[] arguments = ["build", project, "-nologo", "-v", "q", "-o", Path.GetDirectoryName(build.Dll)!];
            await RunAsync("dotnet", arguments, TimeSpan.FromMinutes(15));
            return build;
        }
        catch
        {
            await build.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task RunAsync(string program, string[] arguments, TimeSpan within)
    {
        await using var process = ProcessHandle.Start(program, arguments);
        var code = await process.WaitForExitAsync(within);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {code}\n{string.Join('\n', process.Output)}");
    }
}
