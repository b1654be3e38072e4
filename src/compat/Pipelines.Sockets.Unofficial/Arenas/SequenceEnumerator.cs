namespace Pipelines.Sockets.Unofficial.Arenas;

public readonly partial struct Sequence<T>
{
    /// <summary>A walk over the elements, each by reference.</summary>
    public ref struct Enumerator
    {
        private SpanEnumerator _spans;
        private Span<T> _span;
        private int _at;

        internal Enumerator(Sequence<T> sequence)
        {
            _spans = new SpanEnumerator(sequence);
            _at = -1;
        }

        /// <summary>The element that the last <see cref="MoveNext"/> stopped at.</summary>
        public readonly ref T Current => ref _span[_at];

        /// <summary>Goes to the next element; false after the last.</summary>
        public bool MoveNext()
        {
            if (++_at < _span.Length)
            {
                return true;
            }

            var more = _spans.MoveNext();
            _span = _spans.Current;
            _at = 0;
            return more;
        }

        /// <summary>Goes to the next element and answers it. Throws <see cref="InvalidOperationException"/> after the last.</summary>
        public ref T GetNext()
        {
            if (!MoveNext())
            {
                throw new InvalidOperationException("The sequence has no more elements.");
            }

            return ref Current;
        }
    }
}
