namespace Siro.Gateway.Configuration;

/// <summary>The section <c>Shutdown</c>: how a replica goes. Read at the start.</summary>
public sealed class ShutdownOptions
{
    /// <summary>
    /// How long running work has after SIGTERM before it is given back or broken off. Default 00:00:25, 1 s to 10 min; less than the
    /// orchestrator's grace period.
    /// </summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long new requests are still served after readiness went red, so that whoever spreads the load has time to see it. Part of
    /// <see cref="Drain"/>.
    /// Default 00:00:05. Not waited for where nobody asks for readiness.
    /// </summary>
    public TimeSpan Notice { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is left of <see cref="Drain"/> for giving work back.</summary>
    internal TimeSpan GiveBack => Drain / 5 < TimeSpan.FromSeconds(5) ? Drain / 5 : TimeSpan.FromSeconds(5);

    /// <summary>How long jobs run on after the signal.</summary>
    internal TimeSpan ForJobs => Drain - GiveBack;

    /// <summary>How long uploads of this replica's own requests run on after the notice.</summary>
    internal TimeSpan ForUploads => Drain - GiveBack - Notice;

    internal static void Check(ShutdownOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(options.Drain >= TimeSpan.FromSeconds(1) && options.Drain <= TimeSpan.FromMinutes(10), "Shutdown:Drain",
            "must be from 00:00:01 to 00:10:00");
        errors.Require(options.Notice >= TimeSpan.Zero && options.Notice <= options.Drain / 2, "Shutdown:Notice",
            "must be from 0 to half of Shutdown:Drain");
    }
}
