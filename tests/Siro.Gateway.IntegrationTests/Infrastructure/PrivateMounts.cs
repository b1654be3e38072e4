using System.Text;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// A view of the file system for one process: a small disk of its own in one directory, and a hosts file of its own. Linux's namespaces
/// make it, without rights; where they may not be used, <see cref="Missing"/> says so.
/// </summary>
internal sealed class PrivateMounts : IDisposable
{
    private const string Script = """mount -t tmpfs -o size=8m tmpfs "$1" && mount --bind "$2" /etc/hosts && shift 2 && exec "$@" """;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _hosts;

    public PrivateMounts()
    {
        Disk = _directory.Sub("disk");
        _hosts = Path.Combine(_directory.Path, "hosts");
        Resolve(null);
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing { get; } = Find();

    /// <summary>Eight megabytes, as the process sees it.</summary>
    public string Disk { get; }

    /// <summary>The words before the process's own; it keeps the id of what is started by them.</summary>
    public IReadOnlyList<string> Launcher => [.. Unshare, Script, "sh", Disk, _hosts];

    private static IReadOnlyList<string> Unshare => ["unshare", "--map-root-user", "--mount", "sh", "-c"];

    /// <summary>This name is found on the loopback from now on; none but <c>localhost</c> where it is null.</summary>
    public void Resolve(string? name) => File.WriteAllText(_hosts, $"127.0.0.1 localhost {name}\n");

    /// <summary>Writes until the disk has no place left.</summary>
    public void Fill(int processId)
    {
        using var file = new FileStream(Filling(processId), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size > 0; size /= 2)
        {
            try
            {
                while (true)
                {
                    file.Write(block, 0, size);
                }
            }
            catch (IOException)
            {
                // No place for so many bytes: fewer may still fit.
            }
        }
    }

    public void Free(int processId) => File.Delete(Filling(processId));

    public void Dispose() => _directory.Dispose();

    private string Filling(int processId) => $"/proc/{processId}/root{Disk}/filling";

    private static string? Find()
    {
        const string Needed = "Linux's user namespaces are needed ('unshare --map-root-user --mount')";
        if (!OperatingSystem.IsLinux())
        {
            return Needed;
        }

        using var mounts = new PrivateMounts();
        try
        {
            var start = new System.Diagnostics.ProcessStartInfo("unshare") { RedirectStandardError = true, UseShellExecute = false };
            mounts.Launcher.Skip(1).Append("true").ToList().ForEach(start.ArgumentList.Add);
            using var process = System.Diagnostics.Process.Start(start)!;
            var error = new StringBuilder(process.StandardError.ReadToEnd());
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{Needed}: {error}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{Needed}: {e.Message}";
        }
    }
}
