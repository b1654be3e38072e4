namespace Siro.Gateway.Telemetry.Logs;

/// <summary>
/// The one writer of the log's lines. They are put into a buffer in memory, and a thread of its own writes what has gathered in one go: at
/// 10,000 calls a second about a hundred writes in place of 10,000. Its policy where the sink is slow: the buffer holds
/// <see cref="Capacity"/>; once it is full, a line waits for room for at most <see cref="MaxWait"/>, and when that was in vain, lines are
/// dropped and counted, without waiting, until the sink takes some again. Then a line of its own says how many are missing.
/// Nothing is lost silently, and a log that hangs does not take the gateway with it.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    /// <summary>So much is written without waiting for more.</summary>
    private const int BatchBytes = 48 * 1024;

    /// <summary>How long a first line waits for others to be written with.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the end of the process waits for a sink that does not take the rest.</summary>
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Stream _sink;
    private readonly Func<long, byte[]> _lossReport;
    private readonly Thread _thread;
    private LineBlocks _filling = new();
    private LineBlocks _writing = new();
    private long _lines;
    private long _dropped;
    private long _reported;
    private bool _full;
    private bool _urgent;
    private bool _busy;
    private bool _ended;

    /// <param name="lossReport">The line, with its end, that says that so many lines are missing.</param>
    public LineWriter(Stream sink, Func<long, byte[]> lossReport)
    {
        _sink = sink;
        _lossReport = lossReport;
        _thread = new Thread(Run) { IsBackground = true, Name = "Log writer" };
        _thread.Start();
    }

    /// <summary>Bytes that wait at most: 8 MiB, some 15,000 lines.</summary>
    public static int Capacity => 8 * 1024 * 1024;

    /// <summary>How long one line waits for room: 100 ms.</summary>
    public static TimeSpan MaxWait { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Lines that the sink took.</summary>
    public long Lines => Interlocked.Read(ref _lines);

    /// <summary>Lines that were dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a line with its end. It is copied.</summary>
    /// <param name="urgent">Written at once: what comes last before a crash must not wait for company.</param>
    public void Add(ReadOnlySpan<byte> line, bool urgent = false)
    {
        lock (_gate)
        {
            if (_ended)
            {
                // After the end there is no thread any more, and hardly a line.
                Interlocked.Increment(ref TryWrite(line) ? ref _lines : ref _dropped);
                return;
            }

            if (!WaitForRoom(line.Length))
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            var before = _filling.Length;
            _filling.Add(line);
            _urgent |= urgent;
            if (!_busy && (before == 0 || urgent || (before < BatchBytes && _filling.Length >= BatchBytes)))
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until the sink has taken everything, at most five seconds.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            var until = Environment.TickCount64 + (long)MaxEnd.TotalMilliseconds;
            while (!_ended && (_filling.Length > 0 || _busy) && until - Environment.TickCount64 is > 0 and var left)
            {
                _urgent = true;
                Monitor.PulseAll(_gate);
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }
        }
    }

    /// <summary>Writes what is there and ends the thread.</summary>
    public void Dispose()
    {
        Flush();
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join(MaxEnd);
    }

    /// <summary>
    /// Under the gate, which is let go meanwhile. Once somebody has waited in vain, nobody waits until half of the buffer is free.
    /// </summary>
    private bool WaitForRoom(int bytes)
    {
        _full &= _filling.Length >= Capacity / 2;
        var until = Environment.TickCount64 + (long)MaxWait.TotalMilliseconds;
        while (!_full && _filling.Length + bytes > Capacity)
        {
            var left = until - Environment.TickCount64;
            if (left <= 0 || !Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left)))
            {
                _full = _filling.Length + bytes > Capacity;
                break;
            }
        }

        return !_full;
    }

    private void Run()
    {
        while (true)
        {
            long missing;
            lock (_gate)
            {
                _busy = false;
                Monitor.PulseAll(_gate);
                while (_filling.Length == 0 && !_ended)
                {
                    Monitor.Wait(_gate);
                }

                if (_filling.Length == 0)
                {
                    return;
                }

                if (!_urgent && _filling.Length < BatchBytes)
                {
                    Monitor.Wait(_gate, Linger);
                }

                // What was dropped so far came after these lines, while the buffer was full.
                missing = Dropped - _reported;
                (_urgent, _busy) = (false, true);
                (_filling, _writing) = (_writing, _filling);

                // Who waited for room has it.
                Monitor.PulseAll(_gate);
            }

            foreach (var block in _writing.Blocks)
            {
                Interlocked.Add(ref TryWrite(block.Bytes) ? ref _lines : ref _dropped, block.Lines);
            }

            _writing.Clear();
            if (missing > 0 && TryWrite(_lossReport(missing)))
            {
                _reported += missing;
                Interlocked.Increment(ref _lines);
            }
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _sink.Write(bytes);
            _sink.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException or ArgumentException)
        {
            // There is no other place to say it, but for the counter and, should the sink come back, the loss report. A file that may not
            // grow (a limit of the process or of the file system) is reported as an argument out of range.
            return false;
        }
    }
}
