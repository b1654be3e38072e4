using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.OperatorConsole;

/// <summary>
/// The console's files. Their addresses carry a hash over all of them, because the modules name each other by relative paths: one version's
/// page never loads another version's module from a cache.
/// </summary>
internal sealed class ConsoleFiles
{
    private const string Root = "console/";

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    public ConsoleFiles()
        : this(Embedded())
    {
    }

    internal ConsoleFiles(IEnumerable<(string Path, byte[] Bytes)> files)
    {
        var all = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, bytes) in all)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path + "\0"));
            hash.AppendData(bytes);
        }

        Version = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        _files = all.Where(f => f.Path != "index.html")
            .ToFrozenDictionary(f => f.Path, f => new ConsoleFile(f.Path, f.Bytes), StringComparer.Ordinal);

        var preload = string.Concat(SharedModules().Select(p => $"\n<link rel=\"modulepreload\" href=\"console/assets/{Version}/{p}\">"));
        var template = Encoding.UTF8.GetString(all.Single(f => f.Path == "index.html").Bytes);
        Page = new ConsoleFile("index.html",
            Encoding.UTF8.GetBytes(
            template.Replace("{{version}}", Version, StringComparison.Ordinal).Replace("{{preload}}", preload, StringComparison.Ordinal)));
    }

    /// <summary>A hash over all files, in their addresses.</summary>
    public string Version { get; }

    /// <summary>The one page.</summary>
    public ConsoleFile Page { get; }

    public IReadOnlyCollection<ConsoleFile> All => _files.Values;

    public ConsoleFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>All modules but those that are loaded when they are first needed: charts, codes to scan.</summary>
    public IEnumerable<string> FirstModules() =>
        _files.Keys.Where(p => p.EndsWith(".js", StringComparison.Ordinal) && p is not ("lib/uplot.js" or "lib/qrcode.js"))
            .Order(StringComparer.Ordinal);

    /// <summary>
    /// What every module waits for is asked for at once, and not only where an import is met. The pages' modules are not: thirty more
    /// links kept a slow processor from the first paint for a third of a second, and nothing was ready sooner.
    /// </summary>
    private IEnumerable<string> SharedModules() =>
        FirstModules().Where(p => p.StartsWith("lib/", StringComparison.Ordinal) || p is "html.js" or "format.js");

    private static IEnumerable<(string Path, byte[] Bytes)> Embedded()
    {
        var assembly = typeof(ConsoleFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Root, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return (name[Root.Length..].Replace('\\', '/'), bytes);
        }
    }
}
