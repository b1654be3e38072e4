namespace Siro.Gateway.Jobs;

/// <summary>
/// Who may run next in this process. Partitions take turns, and none gets more than half of what is free (but always
/// one), so partitions that hang leave room for the others.
/// </summary>
internal sealed class JobSlots(int most, int mostPerPartition)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _turns = new();
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly HashSet<string> _looking = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lookAgain = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private int _total;

    /// <summary>Partitions with at least one place taken.</summary>
    public int Busy
    {
        get
        {
            lock (_gate)
            {
                return _taken.Count;
            }
        }
    }

    /// <summary>Others wait, and no place is free.</summary>
    public bool IsShort
    {
        get
        {
            lock (_gate)
            {
                return _total >= most && _turns.Count > 0;
            }
        }
    }

    /// <summary>Whether somebody asked for a partition that is being looked at, since it was asked last.</summary>
    public bool WasWanted(string partition)
    {
        lock (_gate)
        {
            return _lookAgain.Remove(partition);
        }
    }

    /// <summary>More places for a partition that is being looked at, while nobody else waits; answers how many.</summary>
    public int Grow(string partition, int wanted)
    {
        lock (_gate)
        {
            if (_turns.Count > 0)
            {
                return 0;
            }

            var taken = _taken.GetValueOrDefault(partition);
            var share = Math.Min(mostPerPartition, Math.Max(1, (most - _total + taken) / 2)) - taken;
            var places = Math.Max(0, Math.Min(Math.Min(wanted, share), most - _total));
            if (places > 0)
            {
                _taken[partition] = taken + places;
                _total += places;
            }

            return places;
        }
    }

    /// <summary>Queues a partition to be looked at; once, however often it is asked for.</summary>
    public void Want(string partition)
    {
        lock (_gate)
        {
            if (_looking.Contains(partition))
            {
                _lookAgain.Add(partition);
            }
            else if (_waiting.Add(partition))
            {
                _turns.Enqueue(partition);
            }
        }
    }

    /// <summary>
    /// The next partition with room, and how many places were taken for it; until <see cref="Polled"/> nobody else
    /// looks at it. One that has used up its share loses its turn: it is asked for again when one of its jobs ends.
    /// </summary>
    public bool TryTake(out string partition, out int places)
    {
        lock (_gate)
        {
            while (_total < most && _turns.TryDequeue(out var next))
            {
                _waiting.Remove(next);
                var taken = _taken.GetValueOrDefault(next);
                var share = Math.Min(mostPerPartition, Math.Max(1, (most - _total + taken) / 2)) - taken;
                if (share > 0)
                {
                    partition = next;
                    places = Math.Min(share, most - _total);
                    _looking.Add(next);
                    _taken[next] = taken + places;
                    _total += places;
                    return true;
                }
            }

            partition = "";
            places = 0;
            return false;
        }
    }

    /// <summary>Ends a look and gives back the places it did not use.</summary>
    public void Polled(string partition, int unused)
    {
        lock (_gate)
        {
            _looking.Remove(partition);
            Free(partition, unused);
            if (_lookAgain.Remove(partition))
            {
                Want(partition);
            }
        }
    }

    /// <summary>Gives back the place of a job that ended, or several.</summary>
    public void Leave(string partition, int places = 1)
    {
        lock (_gate)
        {
            Free(partition, places);
        }
    }

    private void Free(string partition, int places)
    {
        _total -= places;

        // Nothing may be left already: a job can end before the look that claimed it does.
        var left = _taken.GetValueOrDefault(partition) - places;
        if (left == 0)
        {
            _taken.Remove(partition);
        }
        else
        {
            _taken[partition] = left;
        }
    }
}
