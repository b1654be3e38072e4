namespace Siro.Gateway.Jobs;

/// <summary>What a handler wants done with its job. Written under the lease, so a late one changes nothing.</summary>
internal sealed record JobOutcome
{
    private static readonly IReadOnlyDictionary<string, string?> None = new Dictionary<string, string?>(StringComparer.Ordinal);

    private JobOutcome(JobOutcomeKind kind) => Kind = kind;

    public JobOutcomeKind Kind { get; }

    /// <summary>The new state word; null keeps the old one.</summary>
    public string? State { get; private init; }

    /// <summary>Fields to set; a null value removes the field.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; private init; } = None;

    /// <summary>For <see cref="JobOutcomeKind.Retry"/>: from the store's now.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>Overrides <see cref="JobSpec.KeepFor"/>.</summary>
    public TimeSpan? KeepFor { get; private init; }

    /// <summary>Finished well.</summary>
    public static JobOutcome Done(string state, IReadOnlyDictionary<string, string?>? fields = null, TimeSpan? keepFor = null) =>
        new(JobOutcomeKind.Done) { State = state, Fields = fields ?? None, KeepFor = keepFor };

    /// <summary>Finished badly, and for good.</summary>
    public static JobOutcome Failed(string state, IReadOnlyDictionary<string, string?>? fields = null, TimeSpan? keepFor = null) =>
        new(JobOutcomeKind.Failed) { State = state, Fields = fields ?? None, KeepFor = keepFor };

    /// <summary>Again, after a while; it keeps its place at the head of its lane.</summary>
    public static JobOutcome RetryAfter(TimeSpan delay, string? state = null, IReadOnlyDictionary<string, string?>? fields = null) =>
        new(JobOutcomeKind.Retry) { Delay = delay, State = state, Fields = fields ?? None };

    /// <summary>Stopped until <see cref="JobQueue.ResumeAsync"/>; its lane goes on without it.</summary>
    public static JobOutcome Park(string state, IReadOnlyDictionary<string, string?>? fields = null, TimeSpan? keepFor = null) =>
        new(JobOutcomeKind.Park) { State = state, Fields = fields ?? None, KeepFor = keepFor };

    /// <summary>Untouched, for another replica to run at once (shutdown). The attempt does not count.</summary>
    public static JobOutcome GiveBack { get; } = new(JobOutcomeKind.GiveBack);

    /// <summary>Nothing more to write: the handler ended the lease itself, or found it lost.</summary>
    public static JobOutcome Settled { get; } = new(JobOutcomeKind.Settled);

    /// <summary>The same outcome with one more field set, or removed by a null value.</summary>
    public JobOutcome With(string field, string? value) =>
        this with { Fields = new Dictionary<string, string?>(Fields, StringComparer.Ordinal) { [field] = value } };
}

internal enum JobOutcomeKind
{
    Done,
    Failed,
    Retry,
    Park,
    GiveBack,
    Settled,
}
