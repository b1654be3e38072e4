using Siro.Gateway.Configuration;

namespace Siro.Gateway.Proxy;

/// <summary>The section <c>Proxy</c>: calls that pass through to Siro.</summary>
public sealed class ProxyOptions
{
    /// <summary>
    /// The largest body that is passed on, in bytes. Default 30,000,000, from 65,536 to 1,000,000,000. Audio goes by <c>/v1/uploads</c>.
    /// </summary>
    public long MaxBodyBytes { get; set; } = 30_000_000;

    /// <summary>
    /// How long a call may stand still, waiting for budget included. Default 100 s; at least a second more than <c>Budget:MaxWait</c>, at
    /// most 1 h.
    /// </summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a call may take in all. Default 10 min; at least <see cref="ActivityTimeout"/>, at most 1 day.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>The check of the section <c>Proxy</c>.</summary>
internal static class ProxyOptionsValidator
{
    /// <summary>The budget's default, for where the section leaves it out.</summary>
    private static readonly TimeSpan DefaultMaxWait = TimeSpan.FromSeconds(10);

    public static void Check(ProxyOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(
            options.MaxBodyBytes is >= HeldBody.MaxBytes and <= 1_000_000_000, "Proxy:MaxBodyBytes", "must be from 65536 to 1000000000");
        var wait = TimeSpan.TryParse(candidates.Configuration["Budget:MaxWait"], System.Globalization.CultureInfo.InvariantCulture,
            out var configured) ? configured : DefaultMaxWait;
        errors.Require(
            options.ActivityTimeout >= wait + TimeSpan.FromSeconds(1) && options.ActivityTimeout <= TimeSpan.FromHours(1),
            "Proxy:ActivityTimeout",
            "must be at least a second more than Budget:MaxWait (waiting for budget counts against it), at most 01:00:00");
        errors.Require(options.Timeout >= options.ActivityTimeout && options.Timeout <= TimeSpan.FromDays(1), "Proxy:Timeout",
            "must be at least Proxy:ActivityTimeout, at most 1.00:00:00");
    }
}
