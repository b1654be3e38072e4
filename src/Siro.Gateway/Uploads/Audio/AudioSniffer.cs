using System.Buffers.Binary;

namespace Siro.Gateway.Uploads;

/// <summary>What the bytes are: a format, or why they are none (a phrase that completes "The file is ...").</summary>
internal readonly record struct AudioVerdict(AudioFormat? Format, string? Refusal)
{
    public static AudioVerdict Is(AudioFormat format) => new(format, null);

    public static AudioVerdict Not(string what) => new(null, what);
}

/// <summary>
/// Tells audio by its bytes while they stream by, in at most 9 KB of memory. It looks at the start, and behind ID3v2 tags
/// (which precede MP3, ADTS and FLAC alike), never for a sync word deep in a file.
/// </summary>
internal sealed class AudioSniffer
{
    /// <summary>The longest ADTS frame and a header behind it.</summary>
    private const int WindowSize = 8191 + 16;

    /// <summary>Tags with cover art are large; beyond this it is not a call.</summary>
    private const long MaxTagBytes = 16 * 1024 * 1024;

    /// <summary>Encoders pad behind a tag that they have already counted.</summary>
    private const int MaxPadding = 4096;

    private readonly byte[] _window = new byte[WindowSize];
    private int _filled;
    private long _skip;
    private long _tagBytes;
    private int _padding;
    private bool _afterTag;

    /// <summary>The verdict, once there is one.</summary>
    public AudioVerdict? Verdict { get; private set; }

    /// <summary>Takes the next bytes of the file; answers with the verdict as soon as it is certain, null while more is needed.</summary>
    public AudioVerdict? Append(ReadOnlySpan<byte> bytes)
    {
        while (Verdict is null && !bytes.IsEmpty)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, bytes.Length);
                _skip -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            var taken = Math.Min(bytes.Length, WindowSize - _filled);
            bytes[..taken].CopyTo(_window.AsSpan(_filled));
            _filled += taken;
            bytes = bytes[taken..];
            Judge(ended: false);
        }

        return Verdict;
    }

    /// <summary>The file has ended: what it is by what was seen.</summary>
    public AudioVerdict End()
    {
        Judge(ended: true);
        return Verdict ??= AudioVerdict.Not("too short to be a recording");
    }

    /// <summary>Judges the window, again after each tag in it.</summary>
    private void Judge(bool ended)
    {
        while (Verdict is null && _skip == 0 && _filled > 0)
        {
            var window = _window.AsSpan(0, _filled);
            if (_afterTag && window[0] == 0 && _padding < MaxPadding)
            {
                var zeros = window.IndexOfAnyExcept((byte)0) is var at and >= 0 ? at : window.Length;
                _padding += zeros;
                Drop(zeros);
                continue;
            }

            if (window.Length < 16 && !ended)
            {
                return;
            }

            if (TagLength(window) is > 0 and var tag)
            {
                _afterTag = true;
                _tagBytes += tag;
                if (_tagBytes > MaxTagBytes)
                {
                    Verdict = AudioVerdict.Not("made of tags beyond any recording's");
                    return;
                }

                Drop(tag);
                continue;
            }

            Verdict = Container(window) ?? Frames(window, ended) ?? (IsFrame(window) && !ended ? null : AudioVerdict.Not(WhatElse(window)));
            return;
        }
    }

    private void Drop(long bytes)
    {
        var inWindow = (int)Math.Min(bytes, _filled);
        _window.AsSpan(inWindow, _filled - inWindow).CopyTo(_window);
        _filled -= inWindow;
        _skip = bytes - inWindow;
    }

    /// <summary>The length of an ID3v2 tag that starts here (id3.org, "ID3v2 header"): 10 bytes, its synchsafe size, a footer if flagged. 0: none.</summary>
    private static long TagLength(ReadOnlySpan<byte> b)
    {
        if (b.Length < 10 || !b.StartsWith("ID3"u8) || b[3] is < 2 or > 4 || ((b[6] | b[7] | b[8] | b[9]) & 0x80) != 0)
        {
            return 0;
        }

        var size = (b[6] << 21) | (b[7] << 14) | (b[8] << 7) | b[9];
        return 10 + size + ((b[5] & 0x10) != 0 ? 10 : 0);
    }

    private static AudioVerdict? Container(ReadOnlySpan<byte> b)
    {
        if (b.Length >= 12 && b.StartsWith("RIFF"u8) && b[8..].StartsWith("WAVE"u8))
        {
            return AudioVerdict.Is(AudioFormat.Wav);
        }

        // 64-bit WAV (EBU 3306, ITU-R BS.2088): the sizes in front mean nothing, the chunk ds64 has them.
        if (b.Length >= 16 && (b.StartsWith("RF64"u8) || b.StartsWith("BW64"u8)) && b[8..].StartsWith("WAVEds64"u8))
        {
            return AudioVerdict.Is(AudioFormat.Wav);
        }

        return b.StartsWith("ADIF"u8) ? AudioVerdict.Is(AudioFormat.Aac) : null;
    }

    private static bool IsFrame(ReadOnlySpan<byte> b) => AdtsHeader.FrameLength(b) > 0 || Mp3Header.FrameLength(b) > 0;

    /// <summary>A frame counts only when the next one stands where its length says: two bytes alone look like a sync word too often.</summary>
    private static AudioVerdict? Frames(ReadOnlySpan<byte> b, bool ended)
    {
        if (AdtsHeader.FrameLength(b) is > 0 and var adts && b.Length >= adts + AdtsHeader.Size)
        {
            return AdtsHeader.FrameLength(b[adts..]) > 0 ? AudioVerdict.Is(AudioFormat.Aac) : AudioVerdict.Not(WhatElse(b));
        }

        if (Mp3Header.FrameLength(b) is > 0 and var mp3 && b.Length >= mp3 + Mp3Header.Size)
        {
            return Mp3Header.FrameLength(b[mp3..]) > 0 && Mp3Header.SameStream(b, b[mp3..])
                ? AudioVerdict.Is(AudioFormat.Mp3)
                : AudioVerdict.Not(WhatElse(b));
        }

        return ended && IsFrame(b) ? AudioVerdict.Not("cut off in its first frame") : null;
    }

    private static string WhatElse(ReadOnlySpan<byte> b)
    {
        var text = b.StartsWith("\uFEFF"u8) ? b[3..] : b;
        text = text.TrimStart(" \t\r\n"u8);
        return b switch
        {
            _ when b.Length >= 8 && b[4..].StartsWith("ftyp"u8) => "an MPEG-4 container (M4A or MP4), not raw AAC",
            _ when b.StartsWith("OggS"u8) => "an Ogg file",
            _ when b.StartsWith("fLaC"u8) => "a FLAC file",
            _ when b.StartsWith("PK\x03\x04"u8) || b.StartsWith("PK\x05\x06"u8) => "a ZIP archive",
            _ when b.StartsWith("%PDF"u8) => "a PDF document",
            _ when b.StartsWith("#!AMR"u8) => "an AMR file",
            _ when b.StartsWith("FORM"u8) => "an AIFF file",
            _ when b.StartsWith("RIFF"u8) => "a RIFF file that is not WAVE",
            _ when b.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(b) == 0x1A45DFA3 => "a Matroska or WebM file",
            _ when text.StartsWith("<"u8) => "an HTML or XML page",
            _ when text.StartsWith("{"u8) || text.StartsWith("["u8) => "a JSON text",
            _ => "none of the formats that Siro takes",
        };
    }
}
