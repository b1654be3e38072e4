using System.Buffers.Binary;

namespace Siro.Gateway.Benchmarks.Uploads;

/// <summary>A .wav file of noise (16 bits, mono, 16 kHz), so that nothing on the way can compress it.</summary>
internal static class AudioFile
{
    private const int HeaderLength = 44;

    public static byte[] Wav(int bytes)
    {
        var file = new byte[bytes];
        new Random(bytes).NextBytes(file);
        var header = file.AsSpan(0, HeaderLength);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], 16_000);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], 32_000);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], bytes - HeaderLength);
        return file;
    }
}
