namespace Siro.Gateway.Commands.Doctor;

/// <summary>What one check came to.</summary>
internal enum Verdict
{
    /// <summary>In order.</summary>
    Ok,

    /// <summary>Works, and deserves a look; does not fail the examination.</summary>
    Warning,

    /// <summary>Does not work, or breaks a promise of the gateway's.</summary>
    Failure,
}

/// <summary>One line of the examination. Nothing in it is a secret.</summary>
/// <param name="Area">configuration, store, siro, webhooks, spool, identity, telemetry.</param>
/// <param name="Subject">What was looked at: an organization, a setting.</param>
/// <param name="What">What was found, in one sentence.</param>
/// <param name="Remedy">What to do; null where nothing is to be done.</param>
internal sealed record CheckResult(string Area, string Subject, Verdict Verdict, string What, string? Remedy = null);

/// <summary>Collects the lines.</summary>
internal sealed class CheckResults
{
    private readonly List<CheckResult> _all = [];

    public IReadOnlyList<CheckResult> All => _all;

    /// <summary>Takes over what was found elsewhere, in its order.</summary>
    public void Add(CheckResults others) => _all.AddRange(others._all);

    public Verdict Worst => _all.Count == 0 ? Verdict.Ok : _all.Max(f => f.Verdict);

    public void Ok(string area, string subject, string what) => _all.Add(new(area, subject, Verdict.Ok, what));

    public void Warn(string area, string subject, string what, string remedy) =>
        _all.Add(new(area, subject, Verdict.Warning, what, remedy));

    public void Fail(string area, string subject, string what, string remedy) =>
        _all.Add(new(area, subject, Verdict.Failure, what, remedy));
}
