using System.Collections;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Walks the targets of a multicast delegate without the array that GetInvocationList allocates.</summary>
public static class Delegates
{
    /// <summary>Whether <paramref name="handler"/> has exactly one target. False for null.</summary>
    public static bool IsSingle(MulticastDelegate? handler) => handler is not null && handler.HasSingleTarget;

    /// <summary>The targets of <paramref name="handler"/> in the order of their subscription; none for null.</summary>
    public static DelegateEnumerable<T> AsEnumerable<T>(T? handler)
        where T : MulticastDelegate => new(handler);

    /// <summary>What <see cref="AsEnumerable{T}"/> answers: something for foreach.</summary>
    public readonly struct DelegateEnumerable<T> : IEnumerable<T>
        where T : MulticastDelegate
    {
        private readonly T? _handler;

        internal DelegateEnumerable(T? handler) => _handler = handler;

        /// <summary>Starts a walk.</summary>
        public DelegateEnumerator<T> GetEnumerator() => new(_handler);

        IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A walk over the targets. Callers were compiled against an <see cref="IEnumerator{T}"/> and dispose it as one: without the interface they throw at the end of the walk.</summary>
    public struct DelegateEnumerator<T> : IEnumerator<T>
        where T : MulticastDelegate
    {
        private Delegate.InvocationListEnumerator<T> _targets;

        private readonly T? _handler;

        internal DelegateEnumerator(T? handler)
        {
            _handler = handler;
            _targets = Delegate.EnumerateInvocationList(handler);
        }

        /// <summary>The target that the last <see cref="MoveNext"/> stopped at.</summary>
        public readonly T Current => _targets.Current;

        /// <summary>Goes to the next target; false after the last.</summary>
        public bool MoveNext() => _targets.MoveNext();

        readonly object IEnumerator.Current => Current;

        /// <summary>Starts anew.</summary>
        public void Reset() => _targets = Delegate.EnumerateInvocationList(_handler);

        /// <summary>Nothing to give back.</summary>
        public readonly void Dispose()
        {
        }
    }
}
