using Siro.Gateway.Configuration;

namespace Siro.Gateway.Uploads;

/// <summary>The section <c>Uploads</c>.</summary>
public sealed class UploadsOptions
{
    /// <summary>
    /// Where files lie while they pass through. Default <c>siro-gateway-spool</c> in the system's temporary directory. Read at the start.
    /// </summary>
    public string SpoolDirectory { get; set; } = Path.Combine(Path.GetTempPath(), "siro-gateway-spool");

    /// <summary>The largest file in bytes. Default 100000000 (Siro's limit, 100 MB), from 1 to 100000000.</summary>
    public long MaxBytes { get; set; } = 100_000_000;

    /// <summary>
    /// Most bytes in this replica's spool; beyond, uploads get 503 <c>spool_full</c>, as does a file that is larger than all of it. Default
    /// 4000000000, at least 1.
    /// </summary>
    public long SpoolBytes { get; set; } = 4_000_000_000;

    /// <summary>
    /// Most bytes of the spool that are held in memory, for all files together; what is beyond goes to <see cref="SpoolDirectory"/>.
    /// Default 134217728 (128 MiB), from 0 (all on the disk) to 17179869184.
    /// </summary>
    public long MemoryBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// Most files in this replica's spool, from 1 to 10000; one client gets at most three quarters of them. Default 1000.
    /// </summary>
    public int SpoolFiles { get; set; } = 1000;

    /// <summary>
    /// The published contracts of creating a recording, in the order in which they are tried. Empty: the three known ones.
    /// </summary>
    public List<UploadContract> Contracts { get; set; } = [];

    /// <summary>Hosts (or host:port) that a signed URL may point to. Empty: <c>storage.googleapis.com</c>.</summary>
    public List<string> StorageHosts { get; set; } = [];

    /// <summary>
    /// How long a caller may send nothing before its upload ends with 408 <c>upload_stalled</c>. Default 00:00:30, 1 s to 10 min.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the storage may take none of the bytes, or be silent after the last. Default 00:01:00, 1 s to 10 min.</summary>
    public TimeSpan StorageTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the steps before the bytes are at the storage are tried, before the caller is told that Siro is unavailable. Default
    /// 00:05:00, 1 s to 1 h.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a caller waits for the recording after the bytes are at the storage, before the answer is 202. Default 00:01:00, 0 to 10
    /// min.
    /// </summary>
    public TimeSpan CreateWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the creation of a stored upload is tried while Siro does not take it. Default 1.00:00:00, 1 min to 7 days.
    /// </summary>
    public TimeSpan CreateFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long finished uploads are listed. Default 7.00:00:00, 1 to 90 days (an idempotency key is kept 24 hours, so never less).
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The contracts in force.</summary>
    internal IReadOnlyList<UploadContract> EffectiveContracts =>
        Contracts.Count > 0 ? [.. Contracts.Select(c => c.Resolved)] : UploadContract.Known;

    /// <summary>The storage hosts in force.</summary>
    internal IReadOnlyList<string> EffectiveStorageHosts => StorageHosts.Count > 0 ? StorageHosts : ["storage.googleapis.com"];
}

/// <summary>Checks the section, all errors at once.</summary>
internal static class UploadsOptionsValidator
{
    public static void Check(UploadsOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(!string.IsNullOrWhiteSpace(options.SpoolDirectory), "Uploads:SpoolDirectory", "must name a directory");
        errors.Require(
            options.MaxBytes is >= 1 and <= 100_000_000, "Uploads:MaxBytes", "must be from 1 to 100000000 (Siro takes at most 100 MB)");
        errors.Require(options.SpoolBytes >= 1, "Uploads:SpoolBytes", "must be at least 1");
        errors.Require(
            options.MemoryBytes is >= 0 and <= 16L * 1024 * 1024 * 1024, "Uploads:MemoryBytes", "must be from 0 to 17179869184");
        errors.Require(options.SpoolFiles is >= 1 and <= 10_000, "Uploads:SpoolFiles", "must be from 1 to 10000");
        Between(errors, options.IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), "Uploads:IdleTimeout");
        Between(errors, options.StorageTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), "Uploads:StorageTimeout");
        Between(errors, options.RetryFor, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "Uploads:RetryFor");
        Between(errors, options.CreateWait, TimeSpan.Zero, TimeSpan.FromMinutes(10), "Uploads:CreateWait");
        Between(errors, options.CreateFor, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), "Uploads:CreateFor");
        Between(errors, options.Retention, TimeSpan.FromDays(1), TimeSpan.FromDays(90), "Uploads:Retention");
        for (var i = 0; i < options.StorageHosts.Count; i++)
        {
            errors.Require(
                Uri.TryCreate("https://" + options.StorageHosts[i] + "/", UriKind.Absolute, out var uri)
                    && uri is { PathAndQuery: "/", UserInfo: "" },
                $"Uploads:StorageHosts:{i}",
                "must be a host name, or host:port");
        }

        for (var i = 0; i < options.Contracts.Count; i++)
        {
            options.Contracts[i].Check($"Uploads:Contracts:{i}", errors);
        }

        errors.Require(
            options.Contracts.Select(c => c.Name).Distinct(StringComparer.Ordinal).Count() == options.Contracts.Count,
            "Uploads:Contracts",
            "must have different names");
    }

    private static void Between(ValidationErrors errors, TimeSpan value, TimeSpan least, TimeSpan most, string path) =>
        errors.Require(value >= least && value <= most, path, $"must be from {least:c} to {most:c}");
}
