using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Siro.Gateway.Uploads;

/// <summary>
/// CRC-32C (RFC 3720, appendix B.4), the checksum that Google Cloud Storage tells of what it stored. It finds damage on the way through the spool
/// at a small part of what a second SHA-256 costs; the file's identity is its SHA-256.
/// </summary>
internal struct Crc32C()
{
    /// <summary>Long pieces are done as three strands side by side, because the processor's instruction answers only after three steps.</summary>
    private const int Strand = 4096;

    private static readonly uint[] Shifts = MakeShifts();

    private uint _state = uint.MaxValue;

    /// <summary>The checksum of what was appended.</summary>
    public readonly uint Value => ~_state;

    /// <summary>As the storage writes it: base64 of the four bytes, the highest first.</summary>
    public static string Base64(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Convert.ToBase64String(bytes);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        for (; bytes.Length >= 3 * Strand; bytes = bytes[(3 * Strand)..])
        {
            var one = Words(bytes);
            var two = Words(bytes[Strand..]);
            var three = Words(bytes[(2 * Strand)..]);
            uint second = 0, third = 0;
            for (var i = 0; i < one.Length; i++)
            {
                state = Step(state, one[i]);
                second = Step(second, two[i]);
                third = Step(third, three[i]);
            }

            state = Shift(Shift(state) ^ second) ^ third;
        }

        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes)
        {
            state = BitOperations.Crc32C(state, b);
        }

        _state = state;
    }

    private static ReadOnlySpan<ulong> Words(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, ulong>(bytes[..Strand]);

    private static uint Step(uint state, ulong word) => BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));

    /// <summary>The state after a strand of zeros. The checksum is linear over exclusive or, so what stands behind the strand is added to that.</summary>
    private static uint Shift(uint state) => Shifts[(byte)state] ^ Shifts[256 + (byte)(state >> 8)] ^ Shifts[512 + (byte)(state >> 16)] ^ Shifts[768 + (state >> 24)];

    private static uint[] MakeShifts()
    {
        var shifts = new uint[4 * 256];
        for (var bit = 0; bit < 32; bit++)
        {
            var shifted = 1u << bit;
            for (var i = 0; i < Strand; i += sizeof(ulong))
            {
                shifted = BitOperations.Crc32C(shifted, 0UL);
            }

            // Each number is the sum of its bits.
            var (row, at) = (bit / 8 * 256, 1 << (bit % 8));
            for (var i = 0; i < at; i++)
            {
                shifts[row + at + i] = shifts[row + i] ^ shifted;
            }
        }

        return shifts;
    }
}
