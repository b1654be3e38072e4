namespace Siro.Gateway.Common;

/// <summary>
/// Work that a replica does again and again as long as it runs, with a pause after each round. A round that fails, for whatever reason, is
/// logged and the next one comes: one fault ends neither this work nor, as the host would have it, the process.
/// </summary>
internal abstract partial class PeriodicService(TimeProvider time, ILogger logger) : BackgroundService
{
    protected TimeProvider Time { get; } = time;

    /// <summary>True where a replica that has just started has nothing to do yet.</summary>
    protected virtual bool PausesFirst => false;

    /// <summary>From the end of a round to the next; asked anew each time.</summary>
    protected abstract TimeSpan Pause { get; }

    protected abstract Task RoundAsync(CancellationToken stoppingToken);

    /// <summary>After the last round.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pauses = PausesFirst;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (pauses)
            {
                await Task.Delay(Pause, Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            pauses = true;
            if (!stoppingToken.IsCancellationRequested)
            {
                await AttemptAsync(RoundAsync, stoppingToken);
            }
        }

        await AttemptAsync(_ => EndAsync(), CancellationToken.None);
    }

    /// <summary>A part of the work, which fails alone. Throws nothing.</summary>
    protected async Task AttemptAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception e) when (e is IProblemException { IsToldElsewhere: true })
        {
            Log.Waits(logger, e.Message);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1002, LogLevel.Debug, "Not done this time, but at the next: {Reason}")]
        public static partial void Waits(ILogger logger, string reason);

        [LoggerMessage(1003, LogLevel.Error, "A round of background work failed; the next one comes after its usual pause")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
