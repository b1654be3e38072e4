using Pipelines.Sockets.Unofficial.Arenas;

namespace Siro.Gateway.Tests.Compat;

/// <summary>Every way to read a sequence must tell the same.</summary>
internal static class SequenceChecks
{
    public static void Holds<T>(Sequence<T> sequence, int[] expected, Func<T, int> number)
    {
        Assert.Equal(expected.Length, sequence.Length);
        Assert.Equal(expected.Length == 0, sequence.IsEmpty);
        Assert.Equal(expected, ByIndex(sequence, number));
        Assert.Equal(expected, ByEnumerator(sequence, number));
        Assert.Equal(expected, ByNext(sequence, number));
        Assert.Equal(expected, BySpans(sequence, number));
        Assert.Equal(expected, sequence.Untyped().Cast<T>().ToArray((in T item) => number(item)));
        Assert.Equal(expected.Select(value => value + 5), sequence.ToArray((in T item, in int plus) => number(item) + plus, 5));
        var copy = new int[expected.Length + 1];
        sequence.CopyTo(copy, (in T item) => number(item));
        Assert.Equal(expected, copy[..^1]);
        Assert.Equal(SpanLengths(sequence) is [] or [_], sequence.IsSingleSegment);
        Assert.Equal(SpanLengths(sequence).FirstOrDefault(), sequence.FirstSpan.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence[expected.Length]);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence[-1]);
        if (expected.Length > 0)
        {
            Assert.Throws<ArgumentException>(() => sequence.CopyTo(new int[expected.Length - 1], (in T item) => number(item)));
        }
    }

    public static int[] SpanLengths<T>(Sequence<T> sequence)
    {
        var lengths = new List<int>();
        foreach (var span in sequence.Spans)
        {
            lengths.Add(span.Length);
        }

        return [.. lengths];
    }

    private static int[] ByIndex<T>(Sequence<T> sequence, Func<T, int> number)
    {
        var result = new int[sequence.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = number(sequence[i]);
        }

        return result;
    }

    private static int[] ByEnumerator<T>(Sequence<T> sequence, Func<T, int> number)
    {
        var result = new List<int>();
        foreach (ref var item in sequence)
        {
            result.Add(number(item));
        }

        return [.. result];
    }

    private static int[] ByNext<T>(Sequence<T> sequence, Func<T, int> number)
    {
        var result = new int[sequence.Length];
        var items = sequence.GetEnumerator();
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = number(items.GetNext());
        }

        try
        {
            items.GetNext();
        }
        catch (InvalidOperationException)
        {
            return result;
        }

        throw new Xunit.Sdk.XunitException("GetNext went past the end.");
    }

    private static int[] BySpans<T>(Sequence<T> sequence, Func<T, int> number)
    {
        var result = new List<int>();
        foreach (var span in sequence.Spans)
        {
            foreach (ref var item in span)
            {
                result.Add(number(item));
            }
        }

        return [.. result];
    }
}
