using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Goes over all known partitions, shared among the replicas: removes what is over its retention, and finds work
/// whose wake-up was lost, or that the store has forgotten to announce.
/// </summary>
internal sealed partial class JobSweeper(JobKind kind, IJobHandler handler, JobWorkerOptions options, JobQueues queues, ILogger logger)
{
    private const int AtATime = 32;

    private readonly JobRegistry _registry = queues.Registry(kind);

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await queues.Clock.Delay(queues.Randomness.Around(options.Sweep / 2, 0.5), stoppingToken);
                await OnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException e)
            {
                Log.Unavailable(logger, kind, e.Message);
            }
            catch (Exception e)
            {
                Log.Broken(logger, e, kind);
            }
        }
    }

    /// <summary>One round over what is due for a sweep.</summary>
    internal async Task OnceAsync(CancellationToken cancellationToken)
    {
        var expected = await handler.PartitionsAsync(cancellationToken);
        if (expected.Count > 0)
        {
            foreach (var partition in await _registry.UnknownAsync(expected, cancellationToken))
            {
                await _registry.TouchAsync(partition, TimeSpan.Zero, cancellationToken);
            }
        }

        while (await _registry.TakeForSweepAsync(options.Sweep, AtATime, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries)
            {
                await SweepAsync(entry, cancellationToken);
            }
        }
    }

    private async Task SweepAsync(PartitionEntry entry, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(kind, entry.Partition);
        var swept = await queue.SweepAsync(cancellationToken);
        for (var more = 0; swept.Removed == JobQueue.SweepStep && more < 50; more++)
        {
            swept = await queue.SweepAsync(cancellationToken);
        }

        if (swept.Total == 0)
        {
            await _registry.ForgetAsync(entry.Partition, entry.Generation, cancellationToken);
        }
        else if (swept.Next is not null)
        {
            await _registry.BringForwardAsync(entry.Partition, entry.Generation, swept.Next, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1251, LogLevel.Debug, "{Kind}: no sweep, the store is unavailable: {Reason}")]
        public static partial void Unavailable(ILogger logger, JobKind kind, string reason);

        [LoggerMessage(1252, LogLevel.Error, "{Kind}: a sweep failed")]
        public static partial void Broken(ILogger logger, Exception exception, JobKind kind);
    }
}
