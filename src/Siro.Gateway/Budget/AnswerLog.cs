using System.Globalization;
using System.Text;

namespace Siro.Gateway.Budget;

/// <summary>
/// When the answers of the last window began, counted by steps of a few hundredths of a second and rounded late.
/// The store is told each once; all of them again when it has lost its state.
/// </summary>
internal sealed class AnswerLog
{
    private readonly Queue<(long At, int Count)> _groups = new();
    private (long At, int Count) _last;
    private long _step = 1;

    /// <summary>Answers since this replica's beginning.</summary>
    public long Total { get; private set; }

    /// <summary>Answers within the last window, as of the last <see cref="Trim"/>.</summary>
    public int Recent { get; private set; }

    /// <summary>When the oldest of the recent ones began, or -1.</summary>
    public long Oldest => _groups.TryPeek(out var first) ? first.At : _last.Count > 0 ? _last.At : -1;

    /// <summary>Notes an answer that began at <paramref name="at"/>.</summary>
    public void Add(long at)
    {
        var rounded = (at + _step - 1) / _step * _step;
        if (_last.Count > 0 && rounded <= _last.At)
        {
            // Never earlier than it was: a group that lies later takes it along.
            _last.Count++;
        }
        else
        {
            if (_last.Count > 0)
            {
                _groups.Enqueue(_last);
            }

            _last = (rounded, 1);
        }

        Total++;
        Recent++;
    }

    /// <summary>Forgets what began more than a window ago.</summary>
    public void Trim(long now, long window)
    {
        _step = Math.Max(1, window / 480);
        while (_groups.TryPeek(out var first) && first.At + window < now)
        {
            Recent -= _groups.Dequeue().Count;
        }

        if (_groups.Count == 0 && _last.Count > 0 && _last.At + window < now)
        {
            Recent -= _last.Count;
            _last = default;
        }
    }

    /// <summary>
    /// <c>age:count</c> of all answers after number <paramref name="told"/>, oldest first; ages are rounded down, so that nothing ends too
    /// early.
    /// Answers the number of answers before the list.
    /// </summary>
    public long Write(long told, long now, StringBuilder list)
    {
        var before = Math.Max(told, Total - Recent);
        var position = Total - Recent;
        foreach (var (at, count) in _last.Count > 0 ? _groups.Append(_last) : _groups)
        {
            var rest = (int)Math.Min(count, position + count - before);
            position += count;
            if (rest > 0)
            {
                // The clocks of two machines run apart by less than a thousandth.
                var age = now - at;
                age -= age > 0 ? (age / 1000) + 1 : 0;
                list.Append(list.Length > 0 ? " " : "").Append(CultureInfo.InvariantCulture, $"{age}:{rest}");
            }
        }

        return before;
    }
}
