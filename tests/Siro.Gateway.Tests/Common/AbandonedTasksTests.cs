using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class AbandonedTasksTests
{
    [Fact]
    public async Task A_failure_that_comes_after_its_caller_gave_up_is_not_unseen()
    {
        var unseen = new ConcurrentQueue<string>();
        void Keep(object? sender, UnobservedTaskExceptionEventArgs e) => unseen.Enqueue(e.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Keep;
        try
        {
            await GiveUpAsync();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Keep;
        }

        Assert.DoesNotContain(unseen, e => e.Contains(nameof(AbandonedTasksTests), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_waits_is_told_of_the_failure()
    {
        using var caller = new CancellationTokenSource();
        var work = new TaskCompletionSource<int>();
        var wait = work.Task.WaitOrAbandonAsync(caller.Token);
        work.SetException(new InvalidOperationException("told"));

        Assert.Equal("told", (await Assert.ThrowsAsync<InvalidOperationException>(() => wait)).Message);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task GiveUpAsync()
    {
        using var caller = new CancellationTokenSource();
        var work = new TaskCompletionSource<int>();
        var wait = work.Task.WaitOrAbandonAsync(caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        work.SetException(new InvalidOperationException(nameof(AbandonedTasksTests)));
    }
}
