namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Copies of a sequence, each element made into something else on the way.</summary>
public static class SequenceExtensions
{
    /// <summary>Fills <paramref name="to"/> from its start. Throws <see cref="ArgumentException"/> where it is too short.</summary>
    public static void CopyTo<TFrom, TTo>(this in Sequence<TFrom> source, Span<TTo> to, Projection<TFrom, TTo> projection)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (to.Length < source.Length)
        {
            throw new ArgumentException("The target is shorter than the sequence.", nameof(to));
        }

        var at = 0;
        foreach (var span in source.Spans)
        {
            foreach (ref var item in span)
            {
                to[at++] = projection(in item);
            }
        }
    }

    /// <summary>A new array of what <paramref name="projection"/> makes of each element.</summary>
    public static TTo[] ToArray<TFrom, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TTo> projection)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (source.IsEmpty)
        {
            return [];
        }

        var result = new TTo[source.Length];
        source.CopyTo(result, projection);
        return result;
    }

    /// <summary>A new array of what <paramref name="projection"/> makes of each element and <paramref name="state"/>.</summary>
    public static TTo[] ToArray<TFrom, TState, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TState, TTo> projection, in TState state)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (source.IsEmpty)
        {
            return [];
        }

        var result = new TTo[source.Length];
        var at = 0;
        foreach (var span in source.Spans)
        {
            foreach (ref var item in span)
            {
                result[at++] = projection(in item, in state);
            }
        }

        return result;
    }
}
