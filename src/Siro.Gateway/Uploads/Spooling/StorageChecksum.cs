using System.Buffers.Binary;
using System.IO.Hashing;

namespace Siro.Gateway.Uploads.Spooling;

/// <summary>
/// CRC-32C (RFC 3720, appendix B.4), the checksum that Google Cloud Storage tells of what it stored. It finds damage on the way through the
/// spool at a small part of what a second SHA-256 costs; the file's identity is its SHA-256.
/// </summary>
internal static class StorageChecksum
{
    /// <summary>A checksum of no bytes yet.</summary>
    public static Crc32 Create() => new(Crc32ParameterSet.Crc32C);

    /// <summary>As the storage writes it: base64 of the four bytes, the highest first.</summary>
    public static string Base64(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Convert.ToBase64String(bytes);
    }
}
