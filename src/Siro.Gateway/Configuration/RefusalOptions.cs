namespace Siro.Gateway.Configuration;

/// <summary>The section <c>Refusals</c>: what becomes of a body that is still arriving when its request has been refused.</summary>
public sealed class RefusalOptions
{
    /// <summary>
    /// How much is read and thrown away before the connection is closed, in bytes. Default 134,217,728, from 0 to 2,000,000,000.
    /// </summary>
    public long DrainBytes { get; set; } = 134_217_728;

    /// <summary>How long that may take. Default 2 min, from 1 s to 10 min.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromMinutes(2);

    internal static void Check(RefusalOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(options.DrainBytes is >= 0 and <= 2_000_000_000, "Refusals:DrainBytes", "must be from 0 to 2000000000");
        errors.Require(
            options.DrainTime >= TimeSpan.FromSeconds(1)
                && options.DrainTime <= TimeSpan.FromMinutes(10), "Refusals:DrainTime", "must be from 00:00:01 to 00:10:00");
    }
}
