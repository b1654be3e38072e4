namespace Siro.Emulator.Limits;

/// <summary>
/// When requests with one token arrived, exactly, and whether each was within the limit.
/// The limit counts admitted arrivals of the window that ends now; refused ones don't count against it.
/// </summary>
public sealed class ArrivalLog(TimeProvider time)
{
    private const int Kept = 1_000_000;
    private readonly Lock _gate = new();
    private readonly Queue<long> _window = new();
    private readonly List<long> _all = [];
    private long _admitted;

    /// <summary>Arrivals that were within the limit.</summary>
    public long Admitted => Interlocked.Read(ref _admitted);

    /// <summary>Timestamps (of the emulator's clock) of all arrivals, in order; the first million.</summary>
    public IReadOnlyList<long> Timestamps
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>The most arrivals in any window of this length.</summary>
    public int MostIn(TimeSpan window)
    {
        var stamps = Timestamps;
        var length = (long)(window.TotalSeconds * time.TimestampFrequency);
        var most = 0;
        for (int first = 0, last = 0; last < stamps.Count; last++)
        {
            while (stamps[last] - stamps[first] >= length)
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _window.Clear();
            _all.Clear();
            _admitted = 0;
        }
    }

    /// <summary>Counts an arrival; false when it is over the limit. 0 is no limit.</summary>
    internal bool Admit(long timestamp, int limit, TimeSpan window)
    {
        lock (_gate)
        {
            if (_all.Count < Kept)
            {
                _all.Add(timestamp);
            }

            if (limit > 0)
            {
                var length = (long)(window.TotalSeconds * time.TimestampFrequency);
                while (_window.TryPeek(out var oldest) && timestamp - oldest >= length)
                {
                    _window.Dequeue();
                }

                if (_window.Count >= limit)
                {
                    return false;
                }

                _window.Enqueue(timestamp);
            }

            _admitted++;
            return true;
        }
    }
}
