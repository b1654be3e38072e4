using Microsoft.Extensions.Hosting;

namespace Siro.Gateway.Hosting;

/// <summary>
/// A directory for one run of the AppHost, which only its user can read: made when the gateway starts, removed when the AppHost has
/// stopped.
/// A hosted service, because those are what the host disposes of at its end.
/// </summary>
internal sealed class RunFolder : IHostedService, IDisposable
{
    private readonly Lazy<DirectoryInfo> _root = new(static () => Directory.CreateTempSubdirectory("siro-gateway-"));

    /// <summary>Uploads on their way.</summary>
    public string Spool => _root.Value.CreateSubdirectory("spool").FullName;

    /// <summary>One file for each configuration key; the gateway reads it again when a file is added.</summary>
    public string Keys => _root.Value.CreateSubdirectory("keys").FullName;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        if (!_root.IsValueCreated)
        {
            return;
        }

        try
        {
            _root.Value.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The gateway's process may still be closing its files: the system clears its temporary directory.
        }
    }
}
