using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using StackExchange.Redis;

namespace Siro.Gateway.Jobs;

/// <summary>
/// A claimed job in this process's hands, renewed in the background. Every write is refused once the lease is another's.
/// Writes are numbered, so one that arrives late or twice changes nothing; call them one at a time. A write that threw
/// <see cref="StoreUnavailableException"/> may have happened; repeat it until it answers or the lease is lost.
/// Disposing stops the renewal; a job that was not ended is then taken over when its lease runs out.
/// </summary>
internal sealed class JobLease : IAsyncDisposable
{
    private readonly JobQueue _queue;
    private readonly WorkerId _owner;
    private readonly TimeSpan _lease;
    private readonly LeaseOwnership _ownership;
    private readonly bool _shared;
    private volatile bool _lost;
    private long _step;
    private long? _endStep;
    private bool _ended;

    internal JobLease(JobQueue queue, StoredJob job, WorkerId owner, TimeSpan lease, long sentAt)
    {
        _queue = queue;
        _owner = owner;
        _lease = lease;
        Job = job;
        _ownership = new LeaseOwnership(queue.Clock, lease, sentAt, RenewAsync);
    }

    /// <summary>One of several that were claimed together, and whose leases are renewed together.</summary>
    internal JobLease(JobQueue queue, StoredJob job, WorkerId owner, TimeSpan lease, LeaseOwnership shared)
    {
        _queue = queue;
        _owner = owner;
        _lease = lease;
        Job = job;
        _ownership = shared;
        _shared = true;
    }

    /// <summary>As it was claimed, with the state and the fields that were written since.</summary>
    public StoredJob Job { get; private set; }

    public JobQueue Queue => _queue;

    /// <summary>Cancelled when the lease was lost or ran out.</summary>
    public CancellationToken Lost => _ownership.Lost;

    /// <summary>Whether it is certainly still held at this moment: look before every effect that must not happen twice.</summary>
    public bool IsHeld => !_ended && !_lost && _ownership.IsHeld;

    /// <summary>True once a write has ended the lease.</summary>
    public bool IsEnded => _ended;

    /// <summary>
    /// After a write: how long until a waiting job of the queue is due; null when the queue has none, or the end of a lease comes first.
    /// </summary>
    internal TimeSpan? Next { get; private set; }

    public Task<ReadOnlyMemory<byte>?> ReadBodyAsync(CancellationToken cancellationToken) =>
        _queue.ReadBodyAsync(Job.Id, cancellationToken);

    /// <summary>
    /// A checkpoint: state and fields, kept when it returns, and the lease renewed. Write it before an effect that must not be repeated.
    /// </summary>
    /// <param name="state">Null keeps the state.</param>
    /// <param name="fields">A null value removes the field.</param>
    public async Task<JobWrite> SaveAsync(string? state, IReadOnlyDictionary<string, string?>? fields, CancellationToken cancellationToken)
    {
        var sentAt = _queue.Clock.Timestamp();
        var written = await WriteAsync(++_step, "save", state, fields, _lease, null, cancellationToken);
        if (written == JobWrite.Written)
        {
            if (!_shared)
            {
                _ownership.Confirm(sentAt);
            }

            Job = Written(state, fields);
        }

        return written;
    }

    /// <summary>Finished; removed after <paramref name="keepFor"/>, or <see cref="JobSpec.KeepFor"/>.</summary>
    public Task<JobWrite> CompleteAsync(
        string state, IReadOnlyDictionary<string, string?>? fields, TimeSpan? keepFor, CancellationToken cancellationToken) =>
        EndAsync("finish", state, fields, TimeSpan.Zero, keepFor, cancellationToken);

    /// <summary>Due again after <paramref name="delay"/>, by the store's clock.</summary>
    public async Task<JobWrite> RescheduleAsync(
        TimeSpan delay, string? state, IReadOnlyDictionary<string, string?>? fields, CancellationToken cancellationToken)
    {
        await _queue.TouchAsync(delay, cancellationToken);
        return await EndAsync("retry", state, fields, delay, null, cancellationToken);
    }

    /// <summary>Stopped until <see cref="JobQueue.ResumeAsync"/>; removed like a finished one when its retention is over.</summary>
    public Task<JobWrite> ParkAsync(
        string state, IReadOnlyDictionary<string, string?>? fields, TimeSpan? keepFor, CancellationToken cancellationToken) =>
        EndAsync("park", state, fields, TimeSpan.Zero, keepFor, cancellationToken);

    /// <summary>Due at once for another; this attempt does not count.</summary>
    public async Task<JobWrite> GiveBackAsync(CancellationToken cancellationToken)
    {
        await _queue.TouchAsync(TimeSpan.Zero, cancellationToken);
        var written = await EndAsync("back", null, null, TimeSpan.Zero, null, cancellationToken);
        await _queue.AnnounceAsync();
        return written;
    }

    public ValueTask DisposeAsync() => _shared ? ValueTask.CompletedTask : _ownership.DisposeAsync();

    /// <summary>The lease is known to be another's, or nobody's.</summary>
    internal void Lose()
    {
        _lost = true;
        if (!_shared)
        {
            _ownership.Lose();
        }
    }

    /// <summary>
    /// The end of this claim as one of several (<see cref="JobQueue.SettleAsync"/>): the same again when it is asked for again.
    /// </summary>
    internal RedisValue[] End(JobOutcome outcome)
    {
        _endStep ??= ++_step;
        var mode = outcome.Kind switch
        {
            JobOutcomeKind.Done or JobOutcomeKind.Failed => "finish",
            JobOutcomeKind.Park => "park",
            JobOutcomeKind.Retry => "retry",
            _ => "back",
        };
        return
        [
            Job.Id.Value, mode, Job.Fence, _endStep.Value, outcome.State ?? "", JobCodec.Milliseconds(outcome.Delay),
            outcome.KeepFor is { } keep ? JobCodec.Milliseconds(keep) : -1, .. JobCodec.Changes(outcome.Fields),
        ];
    }

    /// <summary>What the end came to.</summary>
    internal void Ended(bool written)
    {
        _ended = true;
        if (!written)
        {
            Lose();
        }
    }

    private async Task<bool> RenewAsync(CancellationToken cancellationToken) =>
        (int)await _queue.HeartbeatAsync(Job.Id, _owner, Job.Fence, _lease, cancellationToken) == 1;

    private async Task<JobWrite> EndAsync(
        string mode, string? state, IReadOnlyDictionary<string, string?>? fields, TimeSpan delay, TimeSpan? keepFor,
        CancellationToken cancellationToken)
    {
        // An end that failed may have been carried out. Its repetition carries the same number, so it is recognised and answered as the
        // first.
        _endStep ??= ++_step;
        var written = await WriteAsync(_endStep.Value, mode, state, fields, delay, keepFor, cancellationToken);
        _ended = true;
        if (written == JobWrite.Written)
        {
            Job = Written(state, fields);
        }

        return written;
    }

    /// <summary>The job with what was written of it.</summary>
    private StoredJob Written(string? state, IReadOnlyDictionary<string, string?>? fields)
    {
        var merged = new Dictionary<string, string>(Job.Fields, StringComparer.Ordinal);
        foreach (var (field, value) in fields ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            if (value is null)
            {
                merged.Remove(field);
            }
            else
            {
                merged[field] = value;
            }
        }

        return Job with { State = state ?? Job.State, Fields = merged, Revision = Job.Revision + 1 };
    }

    private async Task<JobWrite> WriteAsync(
        long step, string mode, string? state, IReadOnlyDictionary<string, string?>? fields, TimeSpan time, TimeSpan? keepFor,
        CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            mode, Job.Fence, step, state ?? "", JobCodec.Milliseconds(time), keepFor is { } keep
                ? JobCodec.Milliseconds(keep)
                : -1, .. JobCodec.Changes(fields),
        ];
        var answer = await _queue.WriteAsync(Job.Id, arguments, cancellationToken);
        if ((int)answer[0] == 1)
        {
            Next = JobCodec.Wait(answer[1]);
            return JobWrite.Written;
        }

        Lose();
        return JobWrite.LeaseLost;
    }
}
