namespace Siro.Gateway.Credentials;

/// <summary>Work that several callers wait for and none of them owns; it ends with the process's own stop.</summary>
internal sealed class SharedWork : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _running = [];
    private readonly Lock _gate = new();

    /// <summary>Begins it: it goes on when the first caller leaves, and carries nothing of its request along.</summary>
    public Task<T> Run<T>(Func<CancellationToken, Task<T>> work)
    {
        Task<T> task;
        using (ExecutionContext.SuppressFlow())
        {
            task = Task.Run(() => work(_stopping.Token));
        }

        lock (_gate)
        {
            _running.Add(task);
        }

        task.ContinueWith(
            ended =>
            {
                lock (_gate)
                {
                    _running.Remove(ended);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return task;
    }

    /// <summary>Ends what is under way, and waits until it has given its leases back.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }
}
