namespace Siro.Gateway.Jobs;

/// <summary>The places of a run: who works, and which go to others.</summary>
internal sealed partial class PartitionRun
{
    private bool TryNext(out (JobLease Lease, CancellationToken Stop) job) =>
        Interlocked.Increment(ref _turn) % LastEvery == 0
            ? _last.TryDequeue(out job) || _ready.TryDequeue(out job)
            : _ready.TryDequeue(out job) || _last.TryDequeue(out job);

    /// <summary>Starts as many more as there are places and jobs for.</summary>
    private void Start()
    {
        int more;
        lock (_gate)
        {
            more = Math.Min(_places - _working, _ready.Count + _last.Count);
            _working += Math.Max(0, more);
        }

        for (var i = 0; i < more; i++)
        {
            _ = Task.Run(WorkAsync);
        }
    }

    private async Task WorkAsync()
    {
        while (!IsOver() && TryNext(out var job))
        {
            var outcome = await _context.Runner.RunOneAsync(job.Lease, _context.Handler, _context.Options, job.Stop);
            _settler.Add(job.Lease, outcome);
        }

        lock (_gate)
        {
            _working--;
        }

        // Some may have come after this one had looked for the last time.
        Start();
        _signal.Set();
    }

    /// <summary>Whether whoever is done with a job is to end: there are more at work than places, or others wait for one.</summary>
    private bool IsOver()
    {
        lock (_gate)
        {
            if (_working > _places)
            {
                return true;
            }
        }

        if (!_context.Slots.IsShort)
        {
            return false;
        }

        lock (_gate)
        {
            if (_places > 1 || _context.Queues.Clock.Since(_began) > TimeSlice)
            {
                _places--;
                _context.Slots.Leave(_partition);
                _context.Freed();
                return true;
            }

            return false;
        }
    }

    /// <summary>Gives back the places that the partition may not use or does not, where others wait; takes more where none do.</summary>
    private void Fit(int wanted)
    {
        lock (_gate)
        {
            var surplus = _places - Math.Max(1, wanted);
            if (surplus > 0)
            {
                _places -= surplus;
                _context.Slots.Leave(_partition, surplus);
                _context.Freed();
            }
            else if (surplus < 0 && _places > 0)
            {
                _places += _context.Slots.Grow(_partition, -surplus);
            }
        }
    }

    private void GiveBackUnbegun()
    {
        while (TryNext(out var job))
        {
            _settler.Add(job.Lease, JobOutcome.GiveBack);
        }
    }
}
