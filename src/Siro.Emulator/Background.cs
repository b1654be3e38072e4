using System.Collections.Concurrent;

namespace Siro.Emulator;

/// <summary>Work that goes on after an answer, stopped with the emulator.</summary>
internal sealed class Background : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();

    /// <summary>What went wrong in the background, for tests to see.</summary>
    public ConcurrentQueue<Exception> Failures { get; } = new();

    public CancellationToken Stopping => _stopping.Token;

    public void Run(Func<CancellationToken, Task> work)
    {
        var task = Task.Run(() => GuardAsync(work));
        _running[task] = 0;
        _ = task.ContinueWith(t => _running.TryRemove(t, out _), TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Keys);
        _stopping.Dispose();
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The emulator ends; so does its unfinished work.
        }
        catch (Exception failure)
        {
            Failures.Enqueue(failure);
        }
    }
}
