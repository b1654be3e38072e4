namespace Siro.Gateway.Common;

/// <summary>Waits that are given up while what they wait for goes on.</summary>
internal static class AbandonedTasks
{
    /// <summary>
    /// <see cref="Task{T}.WaitAsync(CancellationToken)"/>, for a task of which nobody else knows: when the caller gives up, a failure that
    /// comes later counts as seen.
    /// </summary>
    public static Task<T> WaitOrAbandonAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        return task.IsCompleted || !cancellationToken.CanBeCanceled ? task : WaitAsync();

        async Task<T> WaitAsync()
        {
            try
            {
                return await task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _ = task.ContinueWith(
                    static abandoned => abandoned.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
                throw;
            }
        }
    }
}
