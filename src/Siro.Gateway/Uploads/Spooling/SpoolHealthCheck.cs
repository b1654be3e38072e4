using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Uploads.Spooling;

/// <summary>Degraded while the spool has no room for one more file of <c>Uploads:MaxBytes</c>, by its own limits or on its disk.</summary>
internal sealed class SpoolHealthCheck(Spool spool, ISettings<UploadsOptions> settings) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var options = settings.Current;
        if (spool.Files >= options.SpoolFiles)
        {
            return Degraded($"The spool holds as many files as it may ({spool.Files} of Uploads:SpoolFiles).");
        }

        if (spool.Bytes + options.MaxBytes > options.SpoolBytes)
        {
            return Degraded($"The spool has no room for another file of Uploads:MaxBytes ({spool.Bytes} of Uploads:SpoolBytes "
                + $"{options.SpoolBytes} are taken).");
        }

        try
        {
            var free = new DriveInfo(Existing(options.SpoolDirectory)).AvailableFreeSpace;
            return free < options.MaxBytes
                ? Degraded($"The disk of Uploads:SpoolDirectory has {free} bytes left, less than one file of Uploads:MaxBytes.")
                : Task.FromResult(HealthCheckResult.Healthy("The spool has room."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Task.FromResult(HealthCheckResult.Degraded("The disk of Uploads:SpoolDirectory can't be examined.", e));
        }
    }

    /// <summary>The directory, or the nearest one above it: it is made with the first file that goes to the disk.</summary>
    private static string Existing(string directory)
    {
        var path = Path.GetFullPath(directory);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above)
        {
            path = above;
        }

        return path;
    }

    private static Task<HealthCheckResult> Degraded(string what) => Task.FromResult(HealthCheckResult.Degraded(what));
}
