using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>
/// One course of events by its seed: three workers on one queue do what workers and people do, in any order, with leases that are their
/// own, another's or over; after every step the queue is what the model says. Where the store is killed in the middle of a step, the
/// step is repeated as its caller would, and is done once.
/// </summary>
internal sealed class JobModelRun(RedisServer server, StoreHarness replica, IDatabase redis, int seed)
{
    private static readonly JobKind Kind = new("model");
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

#pragma warning disable RS0030 // The seed is the point.
    private readonly Random _chance = new(seed);
#pragma warning restore RS0030
    private readonly JobModel _model = new();
    private readonly JobQueue _queue = replica.Queues.Queue(Kind, replica.Randomness.Id("q"));
    private readonly List<JobLease> _leases = [];
    private readonly Dictionary<JobLease, JobEnd> _ends = [];
    private readonly long[] _sequences = new long[3];
    private readonly List<string> _course = [];
    private int _number;

    /// <summary>How often the store was killed.</summary>
    public int Kills { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="kill">Whether the store is killed in the middle of the step of this number.</param>
    public async Task RunAsync(int steps, Func<int, bool> kill)
    {
        for (var step = 0; step < steps; step++)
        {
            await StepAsync(kill(step));
            await CompareAsync();
        }

        await DrainAsync();
    }

    private Task StepAsync(bool kill) => _chance.Next(20) switch
    {
        < 5 => EnqueueAsync(kill),
        < 10 => ClaimAsync(_chance.Next(3), _chance.Next(1, 4), kill),
        < 12 => SaveAsync(kill),
        < 16 => EndAsync(kill),
        < 17 => ExpireAsync(),
        < 19 => ResumeAsync(kill),
        _ => DeleteAsync(kill),
    };

    private async Task EnqueueAsync(bool kill)
    {
        var id = "j" + _chance.Next(8);
        var lane = _chance.Next(2) == 0 ? null : "l" + _chance.Next(2);
        var later = _chance.Next(5) == 0;
        var operation = new OperationId(replica.Randomness.Id("op"));
        var spec = new JobSpec { Id = new JobId(id), State = "new", Lane = lane, Delay = later ? Hour : TimeSpan.Zero };
        Note($"enqueue {id} in {lane ?? "no lane"}{(later ? " for later" : "")}", kill);
        var expected = _model.Enqueue(id, lane, later);
        Same(expected, (await DoneAsync(() => _queue.EnqueueAsync(spec, operation, Cancel), kill)).Status);
    }

    private async Task ClaimAsync(int worker, int most, bool kill)
    {
        Note($"worker {worker} claims {most}", kill);
        var before = _model.Claimable.ToHashSet(StringComparer.Ordinal);
        var sequence = ++_sequences[worker];
        var owner = new WorkerId("w" + worker);
        var batch = await DoneAsync(() => _queue.ClaimAsync(owner, sequence, most, Lease, JobLimits.None, Cancel), kill);
        var got = batch.Jobs.Select(j => j.Job.Id.Value).ToList();
        _course.Add("  -> " + string.Join(' ', got));
        var distinct = got.Distinct(StringComparer.Ordinal).Count() == got.Count;
        Holds(distinct && got.All(before.Contains), $"only {string.Join(' ', before)} could be claimed");
        Same(Math.Min(most, before.Count), got.Count);
        foreach (var lease in batch.Jobs)
        {
            _leases.Add(lease);
            _model.Claim(lease.Job.Id.Value, lease);
        }
    }

    private async Task SaveAsync(bool kill)
    {
        if (Any(l => !l.IsEnded) is { } lease)
        {
            var state = "s" + ++_number;
            Note($"save {lease.Job.Id.Value} {state}", kill);
            Same(_model.Save(lease.Job.Id.Value, lease, state), await DoneAsync(() => lease.SaveAsync(state, null, Cancel), kill));
        }
    }

    /// <summary>A lease that has ended is ended again in the same way, as by a command that arrives twice.</summary>
    private async Task EndAsync(bool kill)
    {
        if (Any(_ => true) is { } lease)
        {
            var end = _ends.TryGetValue(lease, out var first) ? first : (JobEnd)_chance.Next(5);
            _ends[lease] = end;
            var state = "e" + (_ends.Count % 3);
            Note($"{end} {lease.Job.Id.Value} {state}", kill);
            Same(_model.End(lease.Job.Id.Value, lease, end, state), await DoneAsync(() => EndAsync(lease, end, state), kill));
        }
    }

    private static Task<JobWrite> EndAsync(JobLease lease, JobEnd end, string state) => end switch
    {
        JobEnd.Complete => lease.CompleteAsync(state, null, null, Cancel),
        JobEnd.Park => lease.ParkAsync(state, null, null, Cancel),
        JobEnd.Retry => lease.RescheduleAsync(TimeSpan.Zero, state, null, Cancel),
        JobEnd.RetryLater => lease.RescheduleAsync(Hour, state, null, Cancel),
        _ => lease.GiveBackAsync(Cancel),
    };

    /// <summary>A worker is killed or stands still past its lease: to the store, time has gone by.</summary>
    private async Task ExpireAsync()
    {
        if (_model.Jobs.Values.Where(j => j.Phase == JobPhase.Running && !j.Expired).MinBy(_ => _chance.Next()) is { } job)
        {
            Note($"the lease of {job.Id} ends", kill: false);
            var prefix = JobKeys.Queue(Kind.Value, _queue.Partition);
            await redis.HashSetAsync(prefix + "job:" + job.Id, "due", 1);
            await redis.SortedSetAddAsync(prefix + "due", job.Id, 1);
            await redis.SortedSetAddAsync(prefix + "run", job.Id, 1);
            _model.Expire(job.Id);
        }
    }

    private async Task ResumeAsync(bool kill)
    {
        var id = "j" + _chance.Next(8);
        var state = _model.Jobs.TryGetValue(id, out var job) && _chance.Next(4) > 0 ? job.State : "e1";
        var operation = new OperationId(replica.Randomness.Id("op"));
        Note($"resume {id} from {state}", kill);
        var expected = _model.Resume(id, state, "again");
        var resumed = await DoneAsync(
            () => _queue.ResumeAsync(new JobId(id), state, "again", TimeSpan.Zero, null, operation, Cancel), kill);
        Same(expected, resumed.Change);
    }

    private async Task DeleteAsync(bool kill)
    {
        var id = "j" + _chance.Next(8);
        var operation = new OperationId(replica.Randomness.Id("op"));
        Note($"delete {id}", kill);
        var expected = _model.Delete(id);
        Same(expected, await DoneAsync(() => _queue.DeleteAsync(new JobId(id), null, operation, Cancel), kill));
    }

    /// <summary>What is left runs to its end: nothing is stuck behind anything.</summary>
    private async Task DrainAsync()
    {
        while (_model.Claimable.Any())
        {
            await ClaimAsync(0, 3, kill: false);
            foreach (var lease in _leases.TakeLast(3).Where(IsRunning))
            {
                Same(_model.End(lease.Job.Id.Value, lease, JobEnd.Complete, "done"), await EndAsync(lease, JobEnd.Complete, "done"));
            }

            await CompareAsync();
        }

        foreach (var lease in _leases)
        {
            await lease.DisposeAsync();
        }
    }

    private bool IsRunning(JobLease lease) =>
        _model.Jobs.TryGetValue(lease.Job.Id.Value, out var job) && job.Lease == lease && job.Phase == JobPhase.Running;

    private async Task CompareAsync()
    {
        Same(_model.Jobs.Count, (int)(await AnsweredAsync(() => _queue.CountAsync(Cancel))).Total);
        foreach (var expected in _model.Jobs.Values)
        {
            var job = await AnsweredAsync(() => _queue.FindAsync(new JobId(expected.Id), Cancel));
            Holds(job is not null, $"{expected.Id} is not there");
            Same((expected.Phase, expected.State, expected.Attempt), (job!.Phase, job.State, (int)job.Attempt));
        }
    }

    /// <summary>Does it; with a kill, the store dies meanwhile, and it is repeated until the store answers.</summary>
    private async Task<T> DoneAsync<T>(Func<Task<T>> step, bool kill)
    {
        if (!kill)
        {
            return await AnsweredAsync(step);
        }

        var first = step();
        if (_chance.Next(2) == 0)
        {
            // Half of them were done when the store dies; of the others, some were.
            await first;
        }

        await server.KillAsync();
        Kills++;
        await server.RestartAsync();
        return await AnsweredAsync(step, first);
    }

    /// <summary>Repeated as its caller would, while the store has only just come back.</summary>
    private static async Task<T> AnsweredAsync<T>(Func<Task<T>> step, Task<T>? first = null)
    {
        T? done = default;
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    done = await (first ?? step());
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    first = null;
                    return false;
                }
            },
            "the store answers again");
        return done!;
    }

    private JobLease? Any(Func<JobLease, bool> which) => _leases.Where(which).TakeLast(10).OrderBy(_ => _chance.Next()).FirstOrDefault();

    private void Note(string what, bool kill) => _course.Add(kill ? what + ", and the store is killed" : what);

    private void Same<T>(T expected, T actual) =>
        Holds(EqualityComparer<T>.Default.Equals(expected, actual), $"expected {expected}, found {actual}");

    private void Holds(bool condition, string what) => Assert.True(condition, $"seed {seed}: {what} after\n{string.Join('\n', _course)}");
}
