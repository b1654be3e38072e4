using Siro.Gateway.Common;

namespace Siro.Gateway.Store;

/// <summary>How long to leave a store alone that does not answer: from 200 ms, doubled up to 5 s, with jitter.</summary>
internal sealed class StoreBackoff(StoreClock clock, Randomness randomness)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private TimeSpan _pause;
    private TimeSpan _until;

    public bool IsOver => Left == TimeSpan.Zero;

    public TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                var left = _until - clock.Since(0);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>True for the first failure of an outage: the one to be warned of.</summary>
    public bool Failed()
    {
        lock (_gate)
        {
            var first = _pause == TimeSpan.Zero;

            // Many failures of one outage arrive together: they count once.
            if (clock.Since(0) >= _until)
            {
                _pause = _pause == TimeSpan.Zero ? First : _pause * 2 < Longest ? _pause * 2 : Longest;
                _until = clock.Since(0) + randomness.Around(_pause, 0.3);
            }

            return first;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _pause = TimeSpan.Zero;
        }
    }
}
