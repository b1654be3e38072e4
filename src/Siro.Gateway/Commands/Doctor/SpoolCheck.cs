using System.Globalization;
using Siro.Gateway.Uploads;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>The spool: can be written, has the room that <c>Uploads:SpoolBytes</c> promises, and is faster than the callers.</summary>
internal static class SpoolCheck
{
    private const string Area = "spool";
    private const int ProbeBytes = 32 * 1024 * 1024;

    public static async Task RunAsync(IConfiguration configuration, CheckResults results, CancellationToken cancellationToken)
    {
        if (configuration.Section<UploadsOptions>("Uploads") is not { SpoolDirectory.Length: > 0 } uploads)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(uploads.SpoolDirectory);
            Space(uploads, results);
            await SpeedAsync(uploads.SpoolDirectory, results, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            results.Fail(Area, uploads.SpoolDirectory, $"can't be written ({e.GetType().Name})",
                "Uploads:SpoolDirectory must be a directory that the gateway's user owns; in a container, a volume.");
        }
    }

    private static void Space(UploadsOptions uploads, CheckResults results)
    {
        var free = new DriveInfo(Path.GetFullPath(uploads.SpoolDirectory)).AvailableFreeSpace;
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB free, {uploads.SpoolBytes / 1e9:0.0} GB promised by Uploads:SpoolBytes");
        if (free < uploads.MaxBytes)
        {
            results.Fail(Area, "space", text + ": not even one file fits", "Free space, or put Uploads:SpoolDirectory on a larger volume.");
        }
        else if (free < uploads.SpoolBytes)
        {
            results.Warn(Area, "space", text,
                "Lower Uploads:SpoolBytes to what there is, so that callers get 503 spool_full and not a broken upload.");
        }
        else
        {
            results.Ok(Area, "space", text);
        }
    }

    private static async Task SpeedAsync(string directory, CheckResults results, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory, ".doctor-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var started = TimeProvider.System.GetTimestamp();
        var block = new byte[1024 * 1024];
        await using (var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 4096,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous))
        {
            for (var written = 0; written < ProbeBytes; written += block.Length)
            {
                await stream.WriteAsync(block, cancellationToken);
            }

            stream.Flush(flushToDisk: true);
        }

        var speed = ProbeBytes / 1e6 / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var text = string.Create(CultureInfo.InvariantCulture, $"{speed:0} MB/s to the disk");
        if (speed < 20)
        {
            results.Warn(
                Area, "speed", text, "Uploads are no faster than this: use a faster volume, or memory (the chart's spool.medium: Memory).");
        }
        else
        {
            results.Ok(Area, "speed", text);
        }
    }
}
