using Siro.Gateway.Common;

namespace Siro.Gateway.Configuration;

/// <summary>
/// Reads the configuration again when Kubernetes has replaced a mounted Secret or ConfigMap: that is one rename of the hidden link
/// <c>..data</c>, through which all of its files are read, and nobody who watches the files is told of it.
/// </summary>
internal sealed partial class MountedFiles(IConfiguration configuration, TimeProvider time, ILogger<MountedFiles> logger)
    : PeriodicService(time, logger)
{
    private (string?, string?) _seen = Versions();

    protected override bool PausesFirst => true;

    protected override TimeSpan Pause => TimeSpan.FromSeconds(5);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (FileWatching.FallsBack)
        {
            Log.Looking(logger);
        }

        return base.StartAsync(cancellationToken);
    }

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

    private static partial class Log
    {
        [LoggerMessage(
            1004, LogLevel.Warning,
            "The system has no inotify instance left for this user: files of the configuration are looked at every four seconds. Raise "
                + "fs.inotify.max_user_instances to be told of changes at once")]
        public static partial void Looking(ILogger logger);
    }
}
