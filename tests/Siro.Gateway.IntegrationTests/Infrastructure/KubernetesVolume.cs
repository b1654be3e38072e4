using System.Globalization;
using System.Runtime.InteropServices;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// A mounted Secret or ConfigMap as the kubelet keeps it: a directory for each version, and one rename of the link <c>..data</c> through
/// which all of its files are read.
/// </summary>
internal sealed class KubernetesVolume : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private int _version;

    public string Path => _directory.Path;

    /// <summary>Where the container sees this file.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Replaces all files at once.</summary>
    public void Replace(params (string Name, string Content)[] files)
    {
        var version = "..version_" + (++_version).ToString(CultureInfo.InvariantCulture);
        Directory.CreateDirectory(File(version));
        foreach (var (name, content) in files)
        {
            System.IO.File.WriteAllText(System.IO.Path.Combine(File(version), name), content);
        }

        System.IO.File.CreateSymbolicLink(File("..data_tmp"), version);
        Move(File("..data_tmp"), File("..data"));
        foreach (var (name, _) in files.Where(f => !System.IO.File.Exists(File(f.Name))))
        {
            System.IO.File.CreateSymbolicLink(File(name), System.IO.Path.Combine("..data", name));
        }
    }

    /// <summary>
    /// rename(2): there is no moment without the file. <see cref="System.IO.File.Move(string, string, bool)"/> would follow the link.
    /// </summary>
    public static void Move(string from, string to) => Assert.Equal(0, Rename(from, to));

    public void Dispose() => _directory.Dispose();

    [DllImport(
        "libc", EntryPoint = "rename", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(string from, string to);
}
