namespace Siro.Sandbox;

/// <summary>Keeps two sandboxes out of one data folder.</summary>
internal sealed class FolderLock : IAsyncDisposable
{
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    public static FolderLock Take(string folder)
    {
        try
        {
            return new FolderLock(
                new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw new SandboxException($"Another sandbox uses {folder}. Choose another with --data.");
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}

/// <summary>Removes a temporary folder at the end.</summary>
internal sealed class FolderCleanup(string folder, bool temporary) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        if (temporary && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }
}
