namespace Pipelines.Sockets.Unofficial.Arenas;

public readonly partial struct Sequence<T>
{
    /// <summary>The spans of a sequence, for foreach.</summary>
    public readonly struct SpanEnumerable
    {
        private readonly Sequence<T> _sequence;

        internal SpanEnumerable(Sequence<T> sequence) => _sequence = sequence;

        /// <summary>Starts a walk.</summary>
        public SpanEnumerator GetEnumerator() => new(_sequence);
    }

    /// <summary>A walk over the spans.</summary>
    public ref struct SpanEnumerator
    {
        private Block<T>? _next;
        private int _offset;
        private int _left;

        internal SpanEnumerator(Sequence<T> sequence)
        {
            _next = sequence._first;
            _offset = sequence._offset;
            _left = sequence._length;
        }

        /// <summary>The span that the last <see cref="MoveNext"/> stopped at; never empty.</summary>
        public Span<T> Current { get; private set; }

        /// <summary>Goes to the next block; false after the last.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                Current = default;
                return false;
            }

            var items = _next!.Items;
            Current = items.AsSpan(_offset, Math.Min(_left, items.Length - _offset));
            _left -= Current.Length;
            _offset = 0;
            _next = _next.Next;
            return true;
        }
    }
}
