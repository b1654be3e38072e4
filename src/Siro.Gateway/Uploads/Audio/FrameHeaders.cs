namespace Siro.Gateway.Uploads.Audio;

/// <summary>An ADTS header (ISO/IEC 13818-7, 6.2): how long its frame is, or that it is none.</summary>
internal static class AdtsHeader
{
    /// <summary>Bytes of a header without its checksum, and the least that a frame can have.</summary>
    public const int Size = 7;

    /// <summary>The frame's length with its header; 0 when the bytes are no header.</summary>
    public static int FrameLength(ReadOnlySpan<byte> bytes)
    {
        // Sync word FFF and layer 00; the version and the checksum bit are free.
        if (bytes.Length < Size || bytes[0] != 0xFF || (bytes[1] & 0xF6) != 0xF0)
        {
            return 0;
        }

        var samplingIndex = (bytes[2] >> 2) & 0x0F;
        var length = ((bytes[3] & 0x03) << 11) | (bytes[4] << 3) | (bytes[5] >> 5);
        return samplingIndex < 13 && length >= Size ? length : 0;
    }
}

/// <summary>An MPEG audio header of Layer III (ISO/IEC 11172-3, 2.4.1.3; 13818-3 for the lower sample rates).</summary>
internal static class Mp3Header
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 4;

    private static readonly int[] Kilobits1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    private static readonly int[] Kilobits2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    private static readonly int[] SampleRates1 = [44100, 48000, 32000];

    /// <summary>The frame's length with its header; 0 when the bytes are no header of Layer III with a stated bit rate.</summary>
    public static int FrameLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size || bytes[0] != 0xFF || (bytes[1] & 0xE0) != 0xE0 || (bytes[1] & 0x06) != 0x02)
        {
            return 0;
        }

        var version = (bytes[1] >> 3) & 0x03;
        var bitRate = bytes[2] >> 4;
        var sampleRate = (bytes[2] >> 2) & 0x03;
        if (version == 1 || bitRate is 0 or 15 || sampleRate == 3)
        {
            return 0;
        }

        var padding = (bytes[2] >> 1) & 0x01;
        var rate = SampleRates1[sampleRate] >> (version switch { 3 => 0, 2 => 1, _ => 2 });
        return version == 3
            ? (144 * Kilobits1[bitRate] * 1000 / rate) + padding
            : (72 * Kilobits2[bitRate] * 1000 / rate) + padding;
    }

    /// <summary>True when both headers can stand in one stream: same version, layer and sample rate.</summary>
    public static bool SameStream(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) =>
        (first[1] & 0x1E) == (second[1] & 0x1E) && (first[2] & 0x0C) == (second[2] & 0x0C);
}
