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
    private const int FirstBytes = 64 * 1024;
    private const int BatchBytes = 48 * 1024;

    /// <summary>
    /// A buffer that has grown to this is kept: under a steady load another for each batch would fill the large objects' heap.
    /// </summary>
    private const int KeptBytes = 256 * 1024;

    /// <summary>How long a first line waits for others to be written with.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the end of the process waits for a sink that does not take the rest.</summary>
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Stream _sink;
    private readonly Func<long, byte[]> _lossReport;
    private readonly Thread _thread;
    private byte[] _filling = new byte[FirstBytes];
    private byte[] _writing = new byte[FirstBytes];
    private int _length;
    private int _waitingLines;
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

            if (_filling.Length - _length < line.Length)
            {
                Array.Resize(ref _filling, Math.Max(_filling.Length * 2, _length + line.Length));
            }

            line.CopyTo(_filling.AsSpan(_length));
            var before = _length;
            _length += line.Length;
            _waitingLines++;
            _urgent |= urgent;
            if (!_busy && (before == 0 || urgent || (before < BatchBytes && _length >= BatchBytes)))
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
            while (!_ended && (_length > 0 || _busy) && until - Environment.TickCount64 is > 0 and var left)
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
        _full &= _length >= Capacity / 2;
        var until = Environment.TickCount64 + (long)MaxWait.TotalMilliseconds;
        while (!_full && _length + bytes > Capacity)
        {
            var left = until - Environment.TickCount64;
            if (left <= 0 || !Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left)))
            {
                _full = _length + bytes > Capacity;
                break;
            }
        }

        return !_full;
    }

    private void Run()
    {
        while (true)
        {
            int length;
            int lines;
            long missing;
            lock (_gate)
            {
                _busy = false;
                Monitor.PulseAll(_gate);
                while (_length == 0 && !_ended)
                {
                    Monitor.Wait(_gate);
                }

                if (_length == 0)
                {
                    return;
                }

                if (!_urgent && _length < BatchBytes)
                {
                    Monitor.Wait(_gate, Linger);
                }

                // What was dropped so far came after these lines, while the buffer was full.
                (length, lines, missing) = (_length, _waitingLines, Dropped - _reported);
                (_length, _waitingLines, _urgent, _busy) = (0, 0, false, true);
                (_filling, _writing) = (_writing, _filling);
                if (_filling.Length > KeptBytes)
                {
                    // A burst's large buffer is not kept.
                    _filling = new byte[FirstBytes];
                }

                // Who waited for room has it.
                Monitor.PulseAll(_gate);
            }

            Interlocked.Add(ref TryWrite(_writing.AsSpan(0, length)) ? ref _lines : ref _dropped, lines);
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
