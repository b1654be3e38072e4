using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Finds due jobs of one kind and runs them: looks when a notice came, when the registry's next moment is there, when a job
/// ended, and every now and then in any case.
/// </summary>
internal sealed partial class JobDispatcher(
    JobKind kind, IJobHandler handler, JobWorkerOptions options, JobQueues queues, JobRunner runner, JobMetrics metrics, ILogger logger)
{
    private const int PartitionsAtATime = 64;

    private static readonly TimeSpan PausedRecheck = TimeSpan.FromMinutes(1);

    private readonly JobRegistry _registry = queues.Registry(kind);
    private readonly WorkerId _owner = new(queues.Randomness.Id("worker"));
    private readonly JobSlots _slots = new(options.Concurrency, options.PartitionConcurrency);
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();
    private readonly ConcurrentDictionary<string, PartitionRun> _runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unanswered = new(StringComparer.Ordinal);
    private readonly Signal _signal = new(queues.Clock);
    private readonly CancellationTokenSource _abort = new();
    private readonly StoreBackoff _backoff = new(queues.Clock, queues.Randomness);
    private long _sequence;
    private long _nextPoll;

    /// <summary>
    /// Works until stopped, then drains: claims nothing more, lets jobs end, and gives back what is left after
    /// <see cref="JobWorkerOptions.Drain"/>.
    /// </summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using (queues.PubSub.Subscribe(JobKeys.Channel(kind.Value), Want))
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await PollAsync(stoppingToken);
                    while (_backoff.IsOver && _slots.TryTake(out var partition, out var places))
                    {
                        Track(options.Batch > 0 ? RunAsync(partition, places, stoppingToken) : PassAsync(partition, places, stoppingToken));
                    }
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    break;
                }
                catch (StoreUnavailableException e)
                {
                    Unavailable(e);
                }
                catch (Exception e)
                {
                    // An error in a script must not end the process, nor this worker for good.
                    Log.Broken(logger, e, kind);
                    _backoff.Failed();
                }

                await _signal.WaitAsync(_backoff.IsOver ? UntilNextPoll() : _backoff.Left, stoppingToken);
            }
        }

        await DrainAsync();
    }

    private void Want(string partition)
    {
        _slots.Want(partition);
        if (_runs.TryGetValue(partition, out var run))
        {
            run.Wake();
        }

        _signal.Set();
    }

    /// <summary>Works off one partition in batches.</summary>
    private async Task RunAsync(string partition, int places, CancellationToken stoppingToken)
    {
        var run = new PartitionRun(
            partition,
            places,
            new PartitionRunContext(kind, _owner, handler, options, queues, runner, metrics, _slots, _backoff, stoppingToken, _abort.Token)
            {
                Sequence = Sequence,
                Answered = Answered,
                PollIn = next =>
                {
                    if (next < UntilNextPoll())
                    {
                        NextPollIn(next);
                        _signal.Set();
                    }
                },
                Freed = _signal.Set,
                Unavailable = Unavailable,
            });
        _runs[partition] = run;
        run.Begin();
        try
        {
            await Task.Run(run.RunAsync, CancellationToken.None);
        }
        catch (StoreUnavailableException e)
        {
            Log.Unavailable(logger, LogLevel.Warning, kind, e.Message);
        }
        catch (Exception e)
        {
            Log.Broken(logger, e, kind);
            _backoff.Failed();
        }
        finally
        {
            _runs.TryRemove(new KeyValuePair<string, PartitionRun>(partition, run));
            _signal.Set();
        }
    }

    /// <summary>Asks the registry for due partitions, when it is time.</summary>
    private async Task PollAsync(CancellationToken cancellationToken)
    {
        if (UntilNextPoll() > TimeSpan.Zero || !_backoff.IsOver)
        {
            return;
        }

        // Partitions that are busy here stay due for the other replicas; they must not hide the rest.
        var most = PartitionsAtATime + _slots.Busy;
        var due = await _registry.DueAsync(most, cancellationToken);
        _backoff.Succeeded();
        foreach (var entry in due.Partitions)
        {
            _slots.Want(entry.Partition);
            if (_runs.TryGetValue(entry.Partition, out var run))
            {
                run.Wake();
            }
        }

        NextPollIn(due.Next is { } next && next < options.Poll ? Max(next,
            TimeSpan.FromMilliseconds(due.Partitions.Count < most ? 1 : 100)) : options.Poll);
    }

    /// <summary>One look into one partition: claim what there is room for, start it, and arm the partition's next moment.</summary>
    private async Task PassAsync(string partition, int places, CancellationToken stoppingToken)
    {
        var unused = places;
        try
        {
            // In this order: whoever makes something due after this moment changes the generation, and the arming below fails.
            var generation = await _registry.GenerationAsync(partition, stoppingToken);
            var limits = handler.LimitsFor(partition);
            var batch = await ClaimAsync(partition, places, limits, stoppingToken);
            unused = places - batch.Jobs.Count;
            metrics.Claimed(kind, batch.Jobs.Count, batch.OldestDue);
            foreach (var job in batch.Jobs)
            {
                Track(RunAsync(job, stoppingToken));
            }

            var next = limits.Paused && batch.Next is not null ? PausedRecheck : batch.Next;
            if (!await _registry.ArmAsync(partition, generation, next, stoppingToken) || next == TimeSpan.Zero)
            {
                _slots.Want(partition);
            }
            else if (next < UntilNextPoll())
            {
                NextPollIn(next.Value);
            }

            _backoff.Succeeded();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.Stopping(logger, kind);
        }
        catch (StoreUnavailableException e)
        {
            Unavailable(e);
            _slots.Want(partition);
        }
        catch (Exception e)
        {
            Log.Broken(logger, e, kind);
            _backoff.Failed();
        }
        finally
        {
            _slots.Polled(partition, unused);
            _signal.Set();
        }
    }

    private async Task<ClaimBatch> ClaimAsync(string partition, int most, JobLimits limits, CancellationToken cancellationToken)
    {
        var batch = await queues.Queue(kind, partition)
            .ClaimAsync(_owner, Sequence(partition), most, options.Lease, limits, cancellationToken);
        Answered(partition);
        return batch;
    }

    /// <summary>
    /// The number of a partition's next claim. One without an answer may have been carried out, or may still be: it is repeated under its
    /// number, and then answers with the same jobs.
    /// </summary>
    private long Sequence(string partition) => _unanswered.GetOrAdd(partition, _ => Interlocked.Increment(ref _sequence));

    private void Answered(string partition) => _unanswered.TryRemove(partition, out _);

    private void Unavailable(StoreUnavailableException e) =>
        Log.Unavailable(logger, _backoff.Failed() ? LogLevel.Warning : LogLevel.Debug, kind, e.Message);

    private async Task RunAsync(JobLease job, CancellationToken stoppingToken)
    {
        // Claimed in the moment of stopping: given back unseen.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_abort.Token);
        try
        {
            if (stoppingToken.IsCancellationRequested)
            {
                await stop.CancelAsync();
            }

            await runner.RunAsync(job, handler, options, stop.Token);
            if (stoppingToken.IsCancellationRequested && job.Next == TimeSpan.Zero)
            {
                // The end of this job made another due (its lane's next), and this process will not look any more.
                await job.Queue.WakeAsync(CancellationToken.None);
            }
        }
        catch (StoreUnavailableException e)
        {
            Log.Unavailable(logger, LogLevel.Warning, kind, e.Message);
        }
        catch (Exception e)
        {
            Log.Broken(logger, e, kind);
        }
        finally
        {
            _slots.Leave(job.Job.Partition);
            if (!job.IsEnded || job.Next < options.Lease)
            {
                // What waited for this job's end, or for its place. Anything later the registry tells.
                _slots.Want(job.Job.Partition);
            }

            _signal.Set();
        }
    }

    private async Task DrainAsync()
    {
        var all = AllEndedAsync();
        await all.WaitAsync(options.Drain, queues.Clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!all.IsCompleted)
        {
            Log.GivingBack(logger, kind, _tasks.Count);
            await _abort.CancelAsync();

            // A handler that ignores its cancellation is left behind; its lease runs out.
            await all.WaitAsync(TimeSpan.FromSeconds(5), queues.Clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AllEndedAsync()
    {
        while (!_tasks.IsEmpty)
        {
            await Task.WhenAll(_tasks.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Track(Task task)
    {
        _tasks.TryAdd(task, 0);
        task.ContinueWith(ended => _tasks.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private TimeSpan UntilNextPoll()
    {
        var left = TimeSpan.FromTicks(Interlocked.Read(ref _nextPoll)) - queues.Clock.Since(0);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void NextPollIn(TimeSpan wait) => Interlocked.Exchange(ref _nextPoll, (queues.Clock.Since(0) + wait).Ticks);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(EventId = 1241, Message = "{Kind}: the store is unavailable, trying again: {Reason}")]
        public static partial void Unavailable(ILogger logger, LogLevel level, JobKind kind, string reason);

        [LoggerMessage(1242, LogLevel.Error, "{Kind}: polling for jobs failed; trying again")]
        public static partial void Broken(ILogger logger, Exception exception, JobKind kind);

        [LoggerMessage(1243, LogLevel.Information, "{Kind}: stopping with {Count} jobs still running; they are given back")]
        public static partial void GivingBack(ILogger logger, JobKind kind, int count);

        [LoggerMessage(1244, LogLevel.Debug, "{Kind}: stopped while polling")]
        public static partial void Stopping(ILogger logger, JobKind kind);
    }
}
