namespace Siro.Gateway.Hosting;

/// <summary>A directory for one run of the AppHost, which only its user can read; removed when the AppHost's process ends in order.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("siro-gateway-");

    public string Spool => _root.CreateSubdirectory("spool").FullName;

    /// <summary>One file for each configuration key; the gateway reads it again when a file is added.</summary>
    public string Keys => _root.CreateSubdirectory("keys").FullName;

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The gateway's process may still be closing its files: the system clears its temporary directory.
        }
    }
}
