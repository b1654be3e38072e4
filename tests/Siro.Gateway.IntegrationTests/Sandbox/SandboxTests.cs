using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Sandbox;

public sealed class SandboxTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_demo_plays_the_three_jobs_and_ends_with_0()
    {
        await using var sandbox = Start("--demo");
        var code = await sandbox.WaitForExitAsync(TimeLimit);
        var output = string.Join('\n', sandbox.Output);
        Assert.True(code == 0, output);
        Assert.Contains("All went well.", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);
        Assert.All(sandbox.Output, line => Assert.True(line.Length <= 100, line));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_sandbox_takes_its_children_along_however_it_ends(bool killed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Finds the children in /proc, which Linux has.");
        await using var sandbox = Start();
        await sandbox.LineAsync("Ctrl-C ends it", TimeLimit);
        await sandbox.LineAsync("/console   (sign in with the API key below)", TimeLimit);
        await sandbox.LineAsync("curl -H 'X-Api-Key: sgw_", TimeLimit);
        var children = await ChildrenAsync(sandbox.Id);
        Assert.Equal(3, children.Count);
        if (killed)
        {
            await sandbox.KillAsync();
        }
        else
        {
            sandbox.Terminate();
            Assert.Equal(0, await sandbox.WaitForExitAsync(TimeLimit));
        }

        await Until.TrueAsync(() => Task.FromResult(children.TrueForAll(id => !IsRunning(id))), "the children are gone");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var sandbox = ProcessHandle.StartDotnet(Assembly(), ["--store-port", port.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal(1, await sandbox.WaitForExitAsync(TimeLimit));
        Assert.Contains(sandbox.Output, line => line.Contains($"Port {port} (--store-port) is taken", StringComparison.Ordinal));
    }

    private static ProcessHandle Start(params string[] options)
    {
        var ports = FreePort.Take(3).Select(p => p.ToString(CultureInfo.InvariantCulture)).ToArray();
        return ProcessHandle.StartDotnet(
            Assembly(), ["--gateway-port", ports[0], "--emulator-port", ports[1], "--store-port", ports[2], .. options]);
    }

    /// <summary>The solution builds it beside the tests, in the same configuration.</summary>
    private static string Assembly()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var root = typeof(SandboxTests).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
            .Cast<System.Reflection.AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
        return Path.GetFullPath(Path.Combine(root, "src", "Siro.Sandbox", "bin", own.Parent!.Name, own.Name, "Siro.Sandbox.dll"));
    }

    private static async Task<List<int>> ChildrenAsync(int parent)
    {
        var children = new List<int>();
        foreach (var task in Directory.EnumerateDirectories($"/proc/{parent}/task"))
        {
            var text = await File.ReadAllTextAsync(Path.Combine(task, "children"), TestContext.Current.CancellationToken);
            children.AddRange(
                text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
        }

        return children;
    }

    /// <summary>A zombie whose parent was killed counts as gone.</summary>
    private static bool IsRunning(int id)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{id}/stat");
            return status[(status.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
