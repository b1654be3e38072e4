using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// A few threads of its own for socket work, so that it goes on while the application's thread pool is starved.
/// Work beyond the queue's limit, and all work after disposal, goes to the thread pool: nothing is lost or waits for ever.
/// </summary>
public sealed class DedicatedThreadPoolPipeScheduler : PipeScheduler, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<(Action<object?> Action, object? State)> _queue = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly int _longestQueue;
    private bool _disposed;
    private int _available;
    private long _servicedByQueue;
    private long _servicedByPool;

    /// <summary>
    /// Starts <paramref name="workerCount"/> background threads. With more than <paramref name="useThreadPoolQueueLength"/>
    /// pieces of work waiting, the thread pool helps out.
    /// </summary>
    public DedicatedThreadPoolPipeScheduler(
        string? name = null, int workerCount = 5, int useThreadPoolQueueLength = 10, ThreadPriority priority = ThreadPriority.Normal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workerCount);
        ArgumentOutOfRangeException.ThrowIfNegative(useThreadPoolQueueLength);
        WorkerCount = workerCount;
        _longestQueue = useThreadPoolQueueLength;
        for (var i = 0; i < workerCount; i++)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = $"{name ?? nameof(DedicatedThreadPoolPipeScheduler)}:{i}", Priority = priority };
            thread.Start();
        }
    }

    /// <summary>Threads that were started.</summary>
    public int WorkerCount { get; }

    /// <summary>Threads that wait for work.</summary>
    public int AvailableCount => Volatile.Read(ref _available);

    /// <summary>Pieces of work done by the own threads.</summary>
    public long TotalServicedByQueue => Interlocked.Read(ref _servicedByQueue);

    /// <summary>Pieces of work handed to the thread pool.</summary>
    public long TotalServicedByPool => Interlocked.Read(ref _servicedByPool);

    /// <inheritdoc />
    public override void Schedule(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_gate)
        {
            if (!_disposed && WorkerCount > 0 && _queue.Count < Math.Max(_longestQueue, 1))
            {
                _queue.Enqueue((action, state));
                _waiting.Release();
                return;
            }
        }

        RunOnThreadPool(action, state);
    }

    /// <summary>Ends the threads; what still waits goes to the thread pool.</summary>
    public void Dispose()
    {
        (Action<object?> Action, object? State)[] left;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            left = [.. _queue];
            _queue.Clear();
            if (WorkerCount > 0)
            {
                _waiting.Release(WorkerCount);
            }
        }

        foreach (var (action, state) in left)
        {
            RunOnThreadPool(action, state);
        }
    }

    private void RunOnThreadPool(Action<object?> action, object? state)
    {
        Interlocked.Increment(ref _servicedByPool);
        ThreadPool.Schedule(action, state);
    }

    private void Work()
    {
        while (true)
        {
            Interlocked.Increment(ref _available);
            _waiting.Wait();
            Interlocked.Decrement(ref _available);

            (Action<object?> Action, object? State) next;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out next))
                {
                    if (_disposed)
                    {
                        return;
                    }

                    continue;
                }
            }

            // As on the thread pool, work that throws ends the process: continuations keep their own failures.
            next.Action(next.State);
            Interlocked.Increment(ref _servicedByQueue);
        }
    }
}
