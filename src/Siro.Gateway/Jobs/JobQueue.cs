using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Jobs;

/// <summary>
/// One queue of jobs, in one hash slot. Every member throws <see cref="StoreUnavailableException"/> when the store does
/// not answer; a change may then have happened, and repeating it with the same operation id is safe.
/// </summary>
internal sealed class JobQueue
{
    /// <summary>How many jobs one <see cref="SweepAsync"/> removes at most; as in <c>Jobs/Scripts/sweep.lua</c>.</summary>
    internal const int SweepStep = 200;

    /// <summary>How many jobs one script stores at most: it holds the store up for two or three milliseconds.</summary>
    private const int PutStep = 200;

    /// <summary>The same where some have a lane, which costs more.</summary>
    private const int LanePutStep = 100;

    /// <summary>
    /// Most whole jobs that one script reads: a hundred took up to 6 ms on a slow machine, in which nobody else is served.
    /// </summary>
    private const int ListStep = 50;

    private readonly JobQueues _queues;
    private readonly string _prefix;
    private readonly RedisKey[] _keys;

    internal JobQueue(JobQueues queues, JobKind kind, string partition)
    {
        _queues = queues;
        Kind = kind;
        Partition = partition;
        _prefix = JobKeys.Queue(kind.Value, partition);
        _keys = [_prefix + "meta", _prefix + "due", _prefix + "run", _prefix + "all", _prefix + "end"];
    }

    public JobKind Kind { get; }

    public string Partition { get; }

    /// <summary>Stores a job and wakes a worker. Kept as <c>Store:Durability</c> says when it returns.</summary>
    /// <param name="operation">Makes a repeated call answer <see cref="EnqueueStatus.Created"/> again; without it, the second call finds
    /// the job of the first.</param>
    public async Task<EnqueueResult> EnqueueAsync(JobSpec spec, OperationId? operation, CancellationToken cancellationToken)
    {
        // The wake-up stands before the job does: a process that dies in between leaves a wake-up for nothing, never a job without one.
        await TouchAsync(spec.Delay, cancellationToken);
        var enqueued = await PutAsync(spec, Operation(operation), cancellationToken);
        if (spec.Delay <= TimeSpan.Zero)
        {
            await AnnounceAsync();
        }

        return enqueued;
    }

    /// <summary>
    /// Stores several jobs, due at once, with one wake-up, and one script for every two hundred (a hundred with lanes). Those whose id is
    /// known or remembered stay as they are. Kept as <c>Store:Durability</c> says when it returns; when it throws, some may be there, of a
    /// lane the first ones: repeating it completes them in order.
    /// </summary>
    /// <param name="specs">Without delay, body and client.</param>
    /// <returns>How many were new.</returns>
    public async Task<int> EnqueueManyAsync(IReadOnlyList<JobSpec> specs, CancellationToken cancellationToken)
    {
        await _queues.Registry(Kind).TouchAsync([Partition], cancellationToken);
        return await PutManyAsync(specs, cancellationToken);
    }

    /// <summary>The second half of <see cref="EnqueueManyAsync"/>, without the wake-up that must stand before it.</summary>
    internal async Task<int> PutManyAsync(IReadOnlyList<JobSpec> specs, CancellationToken cancellationToken)
    {
        var under = new List<Task<(int New, int Taken)>>();
        var inOrder = specs.Any(s => s.Lane is not null);
        var run = inOrder ? null : _queues.Run(Kind, Partition);
        foreach (var some in specs.Chunk(inOrder ? LanePutStep : PutStep))
        {
            var put = PutSomeAsync(some, run is null ? null : await run.ReserveAsync(some.Length, cancellationToken), cancellationToken);
            under.Add(put);
            if (inOrder || run is not null)
            {
                await put;
            }
        }

        var puts = await Task.WhenAll(under);
        if (puts.Any(p => p.Taken < p.New))
        {
            Announce();
        }

        return puts.Sum(p => p.New);
    }

    /// <summary>Stores some jobs in one script, and hands those to the run for which it has room.</summary>
    private async Task<(int New, int Taken)> PutSomeAsync(JobSpec[] specs, JobRoom? room, CancellationToken cancellationToken)
    {
        if (room is null)
        {
            return ((int)(await StoreAsync(specs, null, cancellationToken))[0], 0);
        }

        var (answer, taken) = await HandOverAsync(
            room,
            () => StoreAsync(specs, room, cancellationToken),
            answer => ((int)answer[0], JobCodec.Taken(Kind, Partition, specs, answer)));
        return ((int)answer[0], taken);
    }

    /// <summary>Has a script make jobs, and hands those to the run that the store has leased to it.</summary>
    private async Task<(RedisResult Answer, int Taken)> HandOverAsync(
        JobRoom room, Func<Task<RedisResult>> script, Func<RedisResult, (int Made, List<StoredJob> Taken)> read)
    {
        var hold = new JobHold(this, room.Owner, room.Lease, _queues.Clock.Timestamp());
        List<JobLease> taken = [];
        var more = true;
        try
        {
            var answer = await script();
            var (made, jobs) = read(answer);
            taken = jobs.ConvertAll(hold.Add);
            more = taken.Count < made;
            return (answer, taken.Count);
        }
        finally
        {
            // Once, whether or not the store gave any: the run counts what it has in hand by it.
            room.End(taken, taken.Count > 0 ? hold : null, more);
            if (taken.Count == 0)
            {
                await hold.DisposeAsync();
            }
        }
    }

    private Task<RedisResult> StoreAsync(JobSpec[] specs, JobRoom? room, CancellationToken cancellationToken) =>
        _queues.Store.CommitAsync(
            JobScripts.EnqueueMany,
            _keys,
            [_prefix, .. JobCodec.Room(room), specs.Length, .. specs.SelectMany(JobCodec.Small)],
            cancellationToken);

    /// <summary>
    /// Stores a job and leases it to the caller in one step, to be run here and now. If the caller dies, a worker takes over
    /// when the lease ends.
    /// </summary>
    /// <param name="spec">Its delay and lane are ignored.</param>
    /// <param name="lease">1 s to 10 min; renewed in the background until the lease is disposed.</param>
    public async Task<EnqueueClaimedResult> EnqueueClaimedAsync(
        JobSpec spec, WorkerId owner, TimeSpan lease, OperationId? operation, CancellationToken cancellationToken)
    {
        JobCodec.RequireLease(lease);
        await _queues.Registry(Kind).TouchClaimedAsync(Partition, lease, cancellationToken);
        var sentAt = _queues.Clock.Timestamp();
        var answer = await CommitAsync(
            JobScripts.Enqueue,
            spec.Id,
            [.. JobCodec.Spec(spec with { Lane = null, Delay = TimeSpan.Zero }, Operation(operation)), owner.Value,
                JobCodec.Milliseconds(lease)],
            cancellationToken);
        var (status, job) = JobCodec.Enqueued(Kind, Partition, answer);
        return new EnqueueClaimedResult(
            status, job, status == EnqueueStatus.Created && job is { Phase: JobPhase.Running }
                ? new JobLease(this, job, owner, lease, sentAt)
                : null);
    }

    /// <summary>
    /// Claims due jobs, oldest due first, and jobs whose lease has ended. Each is held until its lease is disposed
    /// or ended by a write.
    /// </summary>
    /// <param name="sequence">
    /// Grows with every intended claim of this owner in this queue. A call that failed is repeated with the same number:
    /// it answers with what was claimed then. A lower number than the last changes nothing.
    /// </param>
    public async Task<ClaimBatch> ClaimAsync(
        WorkerId owner, long sequence, int most, TimeSpan lease, JobLimits limits, CancellationToken cancellationToken)
    {
        var sentAt = _queues.Clock.Timestamp();
        var answer = await ClaimAsync(owner, sequence, most, lease, limits, held: -1, cancellationToken);
        return JobCodec.Claimed(this, answer, job => new JobLease(this, job, owner, lease, sentAt));
    }

    /// <summary>
    /// The same for an owner that works off the queue by itself for a while: as long as nobody else holds any of its jobs, it gets more
    /// than the limit of concurrency, keeps to that by itself, and renews all leases of a claim at once.
    /// </summary>
    /// <param name="held">How many of the queue's jobs the owner holds.</param>
    internal async Task<(ClaimBatch Batch, JobHold Hold)> ClaimAheadAsync(
        WorkerId owner, long sequence, int most, TimeSpan lease, JobLimits limits, int held, CancellationToken cancellationToken)
    {
        var hold = new JobHold(this, owner, lease, _queues.Clock.Timestamp());
        try
        {
            var batch = JobCodec.Claimed(this, await ClaimAsync(owner, sequence, most, lease, limits, held, cancellationToken), hold.Add);
            if (batch.Jobs.Count == 0)
            {
                await hold.DisposeAsync();
            }

            return (batch, hold);
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Ends several claims in one script, each under its own fence; whoever makes one due again touches the registry before.
    /// Answers for each whether it was written, and how long until a waiting job is due.
    /// </summary>
    internal async Task<(IReadOnlyList<bool> Written, TimeSpan? Next)> SettleAsync(
        IReadOnlyList<(JobLease Lease, JobOutcome Outcome)> ends, CancellationToken cancellationToken)
    {
        var answer = await _queues.Store.CommitAsync(
            JobScripts.Settle, _keys, [_prefix, ends.Count, .. ends.SelectMany(e => e.Lease.End(e.Outcome))], cancellationToken);
        var written = new bool[ends.Count];
        for (var i = 0; i < written.Length; i++)
        {
            written[i] = (int)answer[i + 1] == 1;
        }

        return (written, JobCodec.Wait(answer[0]));
    }

    /// <summary>
    /// Makes jobs due again that have ended, and those that are not there anew, behind all that is due by itself; some hundred at a time.
    /// Jobs that wait or run stay as they are. Those for which a run in this process has room are handed to it at once. Kept as
    /// <c>Store:Durability</c> says when it returns; the same name again changes nothing.
    /// </summary>
    /// <param name="name">Of the repetition; a job whose id is only remembered is made under its id, <c>~</c> and this.</param>
    /// <param name="expectedState">Only jobs in this state; null: whatever has ended.</param>
    /// <param name="fields">To set in those that are there.</param>
    /// <param name="jobs">What is not there is made of its spec, unless that has no fields.</param>
    /// <returns>How many jobs wait behind the others now.</returns>
    public async Task<long> RepeatManyAsync(
        string name, string state, string? expectedState, IReadOnlyDictionary<string, string> fields, IReadOnlyList<JobSpec> jobs,
        CancellationToken cancellationToken)
    {
        if (jobs.Count > 0)
        {
            await _queues.Registry(Kind).TouchAsync([Partition], cancellationToken);
        }

        for (var done = 0; ;)
        {
            var left = jobs.Count - done;
            var room = left > 0 && _queues.Run(Kind, Partition) is { } run ? await run.ReserveBehindAsync(left, cancellationToken) : null;
            JobSpec[] some = [.. jobs.Skip(done).Take(room?.Most ?? left)];
            Task<RedisResult> RepeatAsync() => _queues.Store.CommitAsync(
                JobScripts.RepeatMany,
                _keys,
                [
                    _prefix, name, state, expectedState ?? "", .. JobCodec.Room(room), .. JobCodec.Pairs(fields), some.Length,
                    .. some.SelectMany(JobCodec.Again),
                ],
                cancellationToken);
            var (answer, taken) = room is null
                ? (await RepeatAsync(), 0)
                : await HandOverAsync(
                    room, RepeatAsync, answer => ((int)answer[1], JobCodec.Repeated(Kind, Partition, state, some, answer)));
            if ((int)answer[1] > taken)
            {
                Announce();
            }

            done += some.Length;
            if (done >= jobs.Count)
            {
                return (long)answer[0];
            }
        }
    }

    /// <summary>Whether this process works it off just now.</summary>
    internal bool IsWorkedOffHere => _queues.Run(Kind, Partition) is not null;

    private Task<RedisResult> ClaimAsync(
        WorkerId owner, long sequence, int most, TimeSpan lease, JobLimits limits, int held, CancellationToken cancellationToken)
    {
        JobCodec.RequireLease(lease);
        var (window, perWindow) = JobCodec.Rate(limits);
        return _queues.Store.RunAsync(
            JobScripts.Claim,
            _keys,
            [_prefix, owner.Value, sequence, limits.Paused ? 0 : most, JobCodec.Milliseconds(lease), limits.Concurrency ?? -1, window,
                perWindow, held],
            cancellationToken);
    }

    /// <summary>The job, or null.</summary>
    public async Task<StoredJob?> FindAsync(JobId id, CancellationToken cancellationToken) =>
        JobCodec.Stored(Kind, Partition, id, await RunAsync(JobScripts.Find, id, [], cancellationToken));

    /// <summary>The body the job was stored with, or null.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(JobId id, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(JobScripts.Body, id, [], cancellationToken);
        return answer.IsNull ? null : (byte[]?)answer;
    }

    public async Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        List<StoredJob> jobs = [];
        for (var cursor = query.Cursor; ;)
        {
            var step = query with { Cursor = cursor, Limit = Math.Min(query.Limit - jobs.Count, ListStep) };
            var answer = await _queues.Store.RunAsync(
                JobScripts.List, _keys, [_prefix, .. JobCodec.Query(step)], cancellationToken);
            var page = JobCodec.Page(Kind, Partition, answer);
            jobs.AddRange(page.Jobs);
            cursor = page.Cursor;

            // A step that is not full has looked at as many as a script may, and so has this call.
            if (cursor is null || page.Jobs.Count < step.Limit || jobs.Count >= query.Limit)
            {
                return new JobPage(jobs, cursor);
            }
        }
    }

    /// <summary>How many jobs are in a state.</summary>
    public async Task<long> CountOfStateAsync(string state, CancellationToken cancellationToken) =>
        (long)await _queues.Store.RunAsync(JobScripts.CountState, _keys, [_prefix, state], cancellationToken);

    public async Task<JobCounts> CountAsync(CancellationToken cancellationToken) =>
        JobCodec.Counts(await _queues.Store.RunAsync(JobScripts.Count, _keys, [_prefix], cancellationToken));

    /// <summary>How many jobs of <see cref="RepeatManyAsync"/> wait.</summary>
    public Task<long> CountBehindAsync(CancellationToken cancellationToken) =>
        _queues.Store.QueryAsync(database => database.SortedSetLengthAsync(_prefix + "low"), cancellationToken);

    /// <summary>
    /// How many jobs are in each of these states, all at once, by indexes: cheap in a queue of any length. Entries whose job has gone may
    /// count.
    /// </summary>
    public Task<long[]> CountStatesAsync(IReadOnlyList<string> states, CancellationToken cancellationToken) =>
        _queues.Store.QueryAsync(
            database => Task.WhenAll(states.Select(s => database.SortedSetLengthAsync(_prefix + "st:" + s))), cancellationToken);

    /// <summary>When the oldest job in a state was created; null where none is. As cheap as counting them.</summary>
    public async Task<DateTimeOffset?> OldestOfStateAsync(string state, CancellationToken cancellationToken)
    {
        var first = await _queues.Store.QueryAsync(
            database => database.SortedSetRangeByRankWithScoresAsync(_prefix + "st:" + state, 0, 0), cancellationToken);
        return first.Length == 0 ? null : JobCodec.CreatedAt((long)first[0].Score);
    }

    /// <summary>When the first job is, or was, due; null where none is. A job at work counts by when its lease ends.</summary>
    public async Task<DateTimeOffset?> FirstDueAsync(CancellationToken cancellationToken)
    {
        var first = await _queues.Store.QueryAsync(database => database.SortedSetRangeByRankWithScoresAsync(_prefix + "due", 0, 0),
            cancellationToken);
        return first.Length == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)first[0].Score);
    }

    /// <summary>
    /// Makes a job that is parked or finished run again (a person's retry). Conflict unless it is in
    /// <paramref name="expectedState"/>, and while it is queued or running. It does not return to its lane.
    /// </summary>
    public async Task<JobChangeResult> ResumeAsync(
        JobId id, string expectedState, string newState, TimeSpan delay, IReadOnlyDictionary<string, string?>? fields,
        OperationId operation, CancellationToken cancellationToken)
    {
        await _queues.Registry(Kind).TouchAsync(Partition, delay, cancellationToken);
        var answer = await CommitAsync(
            JobScripts.Resume, id, [operation.Value, expectedState, newState, JobCodec.Milliseconds(delay), .. JobCodec.Changes(fields)],
            cancellationToken);
        await AnnounceAsync();
        return JobCodec.Changed(Kind, Partition, id, answer);
    }

    /// <summary>
    /// Makes jobs due that wait for their moment (a person's "now"); two hundred in one script. Attempts, fields and place in a lane stay,
    /// and so do the queue's limits. Answers for each what became of it: conflict unless it waits in <paramref name="expectedState"/>, and
    /// where it is due already.
    /// </summary>
    /// <param name="expectedState">Null: any.</param>
    /// <param name="behind">Behind all that is due by itself, as in <see cref="RepeatManyAsync"/>.</param>
    /// <param name="operation">Several jobs may share one.</param>
    public async Task<IReadOnlyList<JobChange>> MakeDueAsync(
        IReadOnlyList<JobId> ids, string? expectedState, bool behind, OperationId operation, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        await _queues.Registry(Kind).TouchAsync([Partition], cancellationToken);
        var changes = new List<JobChange>(ids.Count);
        foreach (var some in ids.Chunk(PutStep))
        {
            var answer = await _queues.Store.CommitAsync(
                JobScripts.MakeDue,
                _keys,
                [_prefix, operation.Value, expectedState ?? "", behind ? 1 : 0, .. some.Select(i => (RedisValue)i.Value)],
                cancellationToken);
            changes.AddRange(some.Select((_, i) => (JobChange)(int)answer[i]));
        }

        await AnnounceAsync();
        return changes;
    }

    /// <summary>
    /// Changes fields of a job that nobody is working on; conflict while it is running, or if <see cref="StoredJob.Revision"/> has moved
    /// on.
    /// </summary>
    public async Task<JobChangeResult> EditAsync(
        JobId id, long expectedRevision, IReadOnlyDictionary<string, string?> fields, OperationId operation,
        CancellationToken cancellationToken) =>
        JobCodec.Changed(Kind, Partition, id, await CommitAsync(
            JobScripts.Edit, id, [operation.Value, expectedRevision, .. JobCodec.Changes(fields)], cancellationToken));

    /// <summary>
    /// Removes a job at once, even a running one (its owner's next write finds the lease lost). With
    /// <paramref name="expectedState"/>, only in that state.
    /// </summary>
    public async Task<JobChange> DeleteAsync(JobId id, string? expectedState, OperationId operation, CancellationToken cancellationToken)
    {
        var answer = await CommitAsync(JobScripts.Delete, id, [operation.Value, expectedState ?? ""], cancellationToken);
        return (JobChange)(int)answer;
    }

    /// <summary>Lets the workers look at this queue now, for example when its limits were lifted.</summary>
    public async Task WakeAsync(CancellationToken cancellationToken)
    {
        await _queues.Registry(Kind).TouchAsync(Partition, TimeSpan.Zero, cancellationToken);
        await AnnounceAsync();
    }

    /// <summary>Removes jobs whose retention is over, some at a time; answers with how many. The workers' sweep calls it.</summary>
    public async Task<SweepResult> SweepAsync(CancellationToken cancellationToken) =>
        JobCodec.Swept(await _queues.Store.RunAsync(JobScripts.Sweep, _keys, [_prefix], cancellationToken));

    internal StoreClock Clock => _queues.Clock;

    /// <summary>The second half of <see cref="EnqueueAsync"/>, without the wake-up.</summary>
    internal async Task<EnqueueResult> PutAsync(JobSpec spec, OperationId operation, CancellationToken cancellationToken)
    {
        var answer = await CommitAsync(JobScripts.Enqueue, spec.Id, [.. JobCodec.Spec(spec, operation), "", 0], cancellationToken);
        var (status, job) = JobCodec.Enqueued(Kind, Partition, answer);
        return new EnqueueResult(status, job);
    }

    internal ValueTask<bool> AnnounceAsync() => _queues.PubSub.PublishAsync(JobKeys.Channel(Kind.Value), Partition);

    /// <summary>The same without waiting for it: a notice is a hint, and whoever sends many does not wait for each.</summary>
    private void Announce() => _ = AnnounceAsync().AsTask();

    internal Task<long> TouchAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        _queues.Registry(Kind).TouchAsync(Partition, delay, cancellationToken);

    internal Task<RedisResult> HeartbeatAsync(JobId id, WorkerId owner, long fence, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync(JobScripts.Heartbeat, id, [owner.Value, fence, JobCodec.Milliseconds(lease)], cancellationToken);

    internal Task<RedisResult> HeartbeatAsync(
        WorkerId owner, TimeSpan lease, IEnumerable<StoredJob> jobs, CancellationToken cancellationToken) =>
        _queues.Store.RunAsync(
            JobScripts.HeartbeatMany,
            _keys,
            [_prefix, owner.Value, JobCodec.Milliseconds(lease), .. jobs.SelectMany(j => new RedisValue[] { j.Id.Value, j.Fence })],
            cancellationToken);

    internal Task<RedisResult> WriteAsync(JobId id, RedisValue[] arguments, CancellationToken cancellationToken) =>
        CommitAsync(JobScripts.Write, id, arguments, cancellationToken);

    internal OperationId Operation(OperationId? operation) => operation ?? new OperationId(_queues.Randomness.Id("op"));

    private Task<RedisResult> RunAsync(RedisScript script, JobId id, RedisValue[] arguments, CancellationToken cancellationToken) =>
        _queues.Store.RunAsync(script, Keys(id), [_prefix, id.Value, .. arguments], cancellationToken);

    private Task<RedisResult> CommitAsync(RedisScript script, JobId id, RedisValue[] arguments, CancellationToken cancellationToken) =>
        _queues.Store.CommitAsync(script, Keys(id), [_prefix, id.Value, .. arguments], cancellationToken);

    private RedisKey[] Keys(JobId id) => [.. _keys, _prefix + "job:" + id.Value];
}
