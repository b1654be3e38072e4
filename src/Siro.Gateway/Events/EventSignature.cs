using System.Text;

namespace Siro.Gateway.Events;

/// <summary>
/// What a block of events may hold, as bits for every run of five bytes of a payload and for every type (a Bloom filter). A
/// search asks the store for the bits of its text, and looks through those blocks alone that have them all: a block that holds the text
/// has them, few others do.
/// </summary>
internal static class EventSignature
{
    /// <summary>Bytes of one signature: with 500 payloads of 500 bytes a fifth of its bits are set, so that a text of ten bytes fits one
    /// foreign block in ten thousand.</summary>
    public const int Bytes = 32 * 1024;

    /// <summary>Bytes of a run. Ids are hexadecimal: of shorter runs a block has nearly every one.</summary>
    private const int Run = 5;

    /// <summary>Bits that are enough to tell blocks apart, however long the text.</summary>
    private const int MostPositions = 16;

    private const int BitsOfType = 8;

    private const int Shift = 64 - 18;

    /// <summary>Marks what the event holds.</summary>
    public static void Add(Span<byte> bits, StoredEvent e)
    {
        foreach (var position in OfType(e.Type))
        {
            Mark(bits, position);
        }

        var body = e.Body.Span;
        var run = 0UL;
        for (var i = 0; i < body.Length; i++)
        {
            run = ((run << 8) | Lower(body[i])) & 0xFF_FFFF_FFFF;
            if (i >= Run - 1)
            {
                Mark(bits, Position(run));
            }
        }
    }

    /// <summary>The bits that every event has which fits the query; none where it is not narrowed by what a signature knows.</summary>
    public static IReadOnlyList<int> Positions(EventQuery query)
    {
        List<int> positions = query.Type is { } type ? [.. OfType(type)] : [];
        var text = Encoding.UTF8.GetBytes(query.Text ?? "");
        var runs = text.Length - Run + 1;
        var step = Math.Max(1, (runs + MostPositions - 1) / MostPositions);
        for (var at = 0; at < runs; at += step)
        {
            positions.Add(At(text, at));
        }

        if (runs > 0)
        {
            positions.Add(At(text, runs - 1));
        }

        return positions;
    }

    private static int At(byte[] text, int from)
    {
        var run = 0UL;
        for (var i = from; i < from + Run; i++)
        {
            run = (run << 8) | Lower(text[i]);
        }

        return Position(run);
    }

    /// <summary>The store numbers a string's bits from the highest of the first byte.</summary>
    private static void Mark(Span<byte> bits, int position) => bits[position >> 3] |= (byte)(0x80 >> (position & 7));

    /// <summary>A type is one word, where a text is many runs: so it has several bits.</summary>
    private static IEnumerable<int> OfType(string type)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(type))
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return Enumerable.Range(1, BitsOfType).Select(i => Position(hash * (ulong)((2 * i) + 1)));
    }

    private static int Position(ulong run) => (int)((run * 0x9E37_79B9_7F4A_7C15UL) >> Shift);

    /// <summary>As the store's own search does: ASCII letters alone.</summary>
    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
