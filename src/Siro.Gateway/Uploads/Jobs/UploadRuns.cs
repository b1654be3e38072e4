using System.Collections.Concurrent;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>
/// Runs uploads of this process's own requests, apart from the request: a caller that goes away after the last byte does not end them.
/// At shutdown they get time to end; then they are cancelled and given back.
/// </summary>
internal sealed class UploadRuns(UploadRun run, JobRunner runner, JobQueues queues, JobWorkerOptions options, TimeProvider time)
    : IHostedService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<string, (Task Task, UploadWatch Watch)> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly JobData<UploadData> _data = queues.Data(UploadJob.Declaration);

    /// <summary>The run of that upload in this process, or null.</summary>
    public UploadWatch? Find(string id) => _running.TryGetValue(id, out var running) ? running.Watch : null;

    /// <summary>Takes over the lease and the file, where there is one, and runs the upload in the background.</summary>
    public void Start(JobLease lease, ReceivedFile? file, UploadWatch watch)
    {
        var id = lease.Job.Id.Value;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[id] = (RunAsync(begin.Task, lease, file, watch), watch);
        begin.SetResult();
    }

    /// <summary>
    /// The store did not answer whether it has the upload, and the caller was told that it has not. Where it has, nobody runs it, and a
    /// repeat would wait for the end of its lease: as soon as the store answers, it is ended here, or finished where the storage has its
    /// bytes.
    /// </summary>
    /// <param name="claim">Stores it again as the same operation: answers with the lease where it was stored by the first.</param>
    public async Task LetGoAsync(JobQueue<UploadData> queue, JobId id, Func<Task<JobLease?>> claim)
    {
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < UploadJob.Lease && !_stop.IsCancellationRequested)
        {
            try
            {
                if (await queue.FindAsync(id, _stop.Token) is not null && await claim() is { } lease)
                {
                    Start(lease, null, new UploadWatch());
                }

                return;
            }
            catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
            {
                await Task.Delay(LookAgain, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Requests that are still being received may start further runs meanwhile.
        using var drain = new CancellationTokenSource(options.Drain);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(drain.Token, cancellationToken);
        while (!_running.IsEmpty && !both.IsCancellationRequested)
        {
            await Task.WhenAny(
                Task.WhenAll(_running.Values.Select(r => r.Task)), Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, both.Token));
        }

        await _stop.CancelAsync();
        await Task.WhenAll(_running.Values.Select(r => r.Task));
    }

    private async Task RunAsync(Task begin, JobLease lease, ReceivedFile? file, UploadWatch watch)
    {
        await begin;
        var id = lease.Job.Id;
        try
        {
            JobOutcome outcome;
            await using (file)
            {
                var handler = new JobHandler<UploadData>(new Inline(run, file, watch), _data);
                outcome = await runner.RunAsync(lease, handler, options, _stop.Token);
            }

            // Where this run wrote the end, it knows what is stored.
            var job = outcome.Kind is JobOutcomeKind.Done or JobOutcomeKind.Failed or JobOutcomeKind.Park
                ? _data.Read(lease.Job)
                : await queues.Queue(UploadJob.Declaration, lease.Job.Partition).FindAsync(id, CancellationToken.None);
            watch.Ended(job is null ? null : UploadRecord.Of(job));
        }
        catch (StoreUnavailableException)
        {
            // The caller is told so; whoever takes the job over finishes it.
            watch.Ended(null);
        }
        finally
        {
            watch.Ended(null);
            _running.TryRemove(id.Value, out _);
        }
    }

    private sealed class Inline(UploadRun run, ReceivedFile? file, UploadWatch watch) : IJobHandler<UploadData>
    {
        public Task<JobOutcome> RunAsync(JobClaim<UploadData> claim, CancellationToken cancellationToken) =>
            run.RunAsync(claim, file, watch, cancellationToken);
    }
}
