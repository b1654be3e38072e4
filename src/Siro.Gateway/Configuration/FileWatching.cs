namespace Siro.Gateway.Configuration;

/// <summary>
/// How changes of files are noticed. Linux gives all processes of a user a number of inotify instances together (128 unless
/// <c>fs.inotify.max_user_instances</c> says more), and without one the framework would not start: then files are looked at every four
/// seconds instead.
/// </summary>
internal static class FileWatching
{
    /// <summary>The framework's own switch.</summary>
    private const string PollingVariable = "DOTNET_USE_POLLING_FILE_WATCHER";

    /// <summary>More than a process takes.</summary>
    private const int Needed = 5;

    /// <summary>True where the system had no room and files are looked at instead. Comes before anything that watches.</summary>
    public static bool FallsBack { get; private set; }

    /// <summary>Chooses.</summary>
    public static void Prepare()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PollingVariable)) && !HasRoom())
        {
            Environment.SetEnvironmentVariable(PollingVariable, "1");
            FallsBack = true;
        }
    }

    private static bool HasRoom()
    {
        var watchers = new List<FileSystemWatcher>();
        try
        {
            for (var i = 0; i < Needed; i++)
            {
                var watcher = new FileSystemWatcher(AppContext.BaseDirectory);
                watchers.Add(watcher);
                watcher.EnableRaisingEvents = true;
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            watchers.ForEach(w => w.Dispose());
        }
    }
}
