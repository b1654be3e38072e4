using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>How a run claims what is due, and tells the registry what it found.</summary>
internal sealed partial class PartitionRun
{
    /// <summary>Most in one script: it holds the store up for some milliseconds.</summary>
    private const int MostClaimed = 200;

    private async Task ClaimAsync()
    {
        var limits = _context.Handler.LimitsFor(_partition);
        var wanted = Wanted(limits);
        Fit(wanted);

        // A rate counts claims: then there are none ahead.
        var paced = limits.RatePerSecond is not null;
        _ahead = paced ? 0 : Ahead(wanted);
        var most = Math.Min(Math.Min(Room, MostClaimed), Math.Max(_context.Options.Batch, Places));
        if (most <= 0)
        {
            return;
        }

        // What is settled from here on may set it again: this claim may not have seen it.
        lock (_gate)
        {
            (_claimAgain, _next, _claiming) = (false, null, most);
        }

        _unarmed = null;
        try
        {
            // In this order: whoever makes something due after this moment changes the generation, and arming fails. So it does with one
            // that was known before.
            _generation ??= await _registry.GenerationAsync(_partition, _context.Stopping);
            var (batch, hold) = await _queue.ClaimAheadAsync(
                _context.Owner,
                _context.Sequence(_partition),
                most,
                _context.Options.Lease,
                limits,
                paced ? -1 : Held,
                _context.Stopping);
            _context.Answered(_partition);
            _context.Metrics.Claimed(_context.Kind, batch.Jobs.Count, batch.OldestDue);
            if (batch.Jobs.Count > 0)
            {
                await BeginAsync(batch, hold);
            }

            Claimed(left: batch.Jobs.Count == most || batch.Next == TimeSpan.Zero);
            if (batch.Jobs.Count == most)
            {
                // There may be more; until there is not, the registry need not know.
                ClaimAgain();
            }
            else
            {
                _unarmed = (batch.Next, _context.Queues.Clock.Timestamp());
                if (batch.Next == TimeSpan.Zero && batch.Jobs.Count > 0)
                {
                    ClaimAgain();
                }
            }

            _context.Backoff.Succeeded();
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            _claims = false;
        }
        catch (StoreUnavailableException e)
        {
            Unavailable(e);
        }
    }

    /// <summary>
    /// Tells the registry when something is due here, as the last claim found it. Where that may have changed, looks again.
    /// </summary>
    private async Task ArmAsync()
    {
        var (found, at) = _unarmed!.Value;
        _unarmed = null;
        var next = found - _context.Queues.Clock.Since(at);
        if (next < TimeSpan.Zero)
        {
            next = TimeSpan.Zero;
        }

        try
        {
            if (!await _registry.ArmAsync(_partition, _generation ?? 0, next, _context.Stopping))
            {
                _generation = null;
                ClaimAgain();
            }
            else if (next is { } wait)
            {
                _context.PollIn(wait);
            }
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            _claims = false;
        }
        catch (StoreUnavailableException e)
        {
            Unavailable(e);
        }
    }

    /// <param name="left">More is due: it comes before what is stored now.</param>
    private void Claimed(bool left)
    {
        lock (_gate)
        {
            (_claiming, _backlog) = (0, left);
        }

        _room.Set();
    }

    private async Task BeginAsync(ClaimBatch batch, JobHold hold)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(hold.Lost, _context.Abort);
        lock (_gate)
        {
            _holds.Add((hold, stop));
            _inHand += batch.Jobs.Count;
        }

        try
        {
            await _context.Handler.PrepareAsync(_partition, [.. batch.Jobs.Select(j => j.Job)], stop.Token);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            // Each job meets the same when it is run, where it is told.
        }

        foreach (var job in batch.Jobs)
        {
            (_context.Handler.ComesLast(job.Job) ? _last : _ready).Enqueue((job, stop.Token));
        }

        Start();
    }

    /// <summary>
    /// How many may be in hand beyond those that run: as many as have ended since this was asked last and again, so that an endpoint that
    /// hangs has few.
    /// </summary>
    private int Ahead(int places) =>
        Math.Clamp(Interlocked.Exchange(ref _settled, 0) * 2, 2 * places, Math.Max(_context.Options.Batch, 2 * places));
}
