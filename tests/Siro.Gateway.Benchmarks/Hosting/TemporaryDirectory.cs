namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>A directory that goes away with the run.</summary>
internal sealed class TemporaryDirectory(string prefix) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory(prefix);

    public string Path => _directory.FullName;

    public void Dispose() => _directory.Delete(recursive: true);
}
