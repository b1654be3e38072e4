using System.Buffers.Binary;
using System.Numerics;

namespace Siro.Gateway.Uploads;

/// <summary>
/// CRC-32C (RFC 3720, appendix B.4), the checksum that Google Cloud Storage tells of what it stored. It finds damage on the way through the spool
/// at a tenth of what a second SHA-256 costs; the file's identity is its SHA-256.
/// </summary>
internal struct Crc32C()
{
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
        while (bytes.Length >= 8)
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            state = BitOperations.Crc32C(state, b);
        }

        _state = state;
    }
}
