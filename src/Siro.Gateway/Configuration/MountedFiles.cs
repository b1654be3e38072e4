using Siro.Gateway.Common;

namespace Siro.Gateway.Configuration;

/// <summary>
/// Reads the configuration again when Kubernetes has replaced a mounted Secret or ConfigMap: that is one rename of the hidden link
/// <c>..data</c>, through which all of its files are read, and nobody who watches the files is told of it.
/// </summary>
internal sealed class MountedFiles(IConfiguration configuration, TimeProvider time, ILogger<MountedFiles> logger)
    : PeriodicService(time, logger)
{
    private (string?, string?) _seen = Versions();

    protected override bool PausesFirst => true;

    protected override TimeSpan Pause => TimeSpan.FromSeconds(5);

    protected override Task RoundAsync(CancellationToken stoppingToken)
    {
        if (Versions() is var now && now != _seen)
        {
            _seen = now;
            (configuration as IConfigurationRoot)?.Reload();
        }

        return Task.CompletedTask;
    }

    private static (string?, string?) Versions() =>
        (Version(Path.GetDirectoryName(GatewayConfiguration.FilePath)!), Version(GatewayConfiguration.SecretsPath));

    private static string? Version(string directory) => new FileInfo(Path.Combine(directory, "..data")).LinkTarget;
}
