namespace Siro.Gateway.Configuration;

/// <summary>
/// Reads the configuration again when Kubernetes has replaced a mounted Secret or ConfigMap: that is one rename of the hidden link
/// <c>..data</c>, through which all of its files are read, and nobody who watches the files is told of it.
/// </summary>
internal sealed class MountedFiles(IConfiguration configuration, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = Versions();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Versions() is var now && now != seen)
            {
                seen = now;
                (configuration as IConfigurationRoot)?.Reload();
            }
        }
    }

    private static (string?, string?) Versions() =>
        (Version(Path.GetDirectoryName(GatewayConfiguration.FilePath)!), Version(GatewayConfiguration.SecretsPath));

    private static string? Version(string directory) => new FileInfo(Path.Combine(directory, "..data")).LinkTarget;
}
