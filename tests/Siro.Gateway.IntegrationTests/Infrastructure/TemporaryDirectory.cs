namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A directory that is removed, with everything in it, when disposed.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private const string Shared = "/dev/shm";
    private const long Room = 2L << 30;

    public TemporaryDirectory()
        : this(Directory.CreateTempSubdirectory("siro-test-").FullName)
    {
    }

    private TemporaryDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>
    /// For a store, in memory where there is room: it waits for its disk with each write, and a disk that is busy with something else, as
    /// after a build, can keep it waiting for seconds. A store that is killed finds there what it has written.
    /// </summary>
    public static TemporaryDirectory OfStore() => OperatingSystem.IsLinux() && Directory.Exists(Shared)
        && new DriveInfo(Shared).AvailableFreeSpace > Room
        ? new(Directory.CreateDirectory(
            $"{Shared}/siro-test-{Guid.NewGuid():N}", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName)
        : new();

    public string Sub(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
