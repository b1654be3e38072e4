using System.Buffers.Binary;

namespace Siro.Gateway.Uploads.Audio;

/// <summary>What the bytes are: a format, or why they are none (a phrase that completes "The file is ...").</summary>
/// <param name="Skipped">Bytes before the first frame that are neither audio nor a tag: players pass over them.</param>
internal readonly record struct AudioVerdict(AudioFormat? Format, string? Refusal, int Skipped = 0)
{
    public static AudioVerdict Is(AudioFormat format, int skipped = 0) => new(format, null, skipped);

    public static AudioVerdict Not(string what) => new(null, what);
}

/// <summary>
/// Tells audio by its bytes while they stream by. It looks at the start, and behind ID3v2 tags (which precede MP3, ADTS and FLAC alike), in
/// 9 KB of memory.
/// What is nothing by then may still be MP3 with some bytes in front of its first frame, as stream splitters cut it and old encoders pad
/// it:
/// for that it looks on in the next 64 KiB, where three frames in a row must agree, and never for a sync word deep in a file.
/// </summary>
internal sealed class AudioSniffer
{
    /// <summary>The longest ADTS frame and a header behind it.</summary>
    private const int WindowSize = 8191 + 16;

    /// <summary>How far it looks for the first MP3 frame.</summary>
    public const int SearchSize = 64 * 1024;

    private const int AgreeingFrames = 3;

    private const string Nothing = "none of the formats that Siro takes";

    /// <summary>Tags with cover art are large; beyond this it is not a call.</summary>
    private const long MaxTagBytes = 16 * 1024 * 1024;

    /// <summary>Encoders pad behind a tag that they have already counted.</summary>
    private const int MaxPadding = 4096;

    private byte[] _window = new byte[WindowSize];
    private int _filled;
    private long _skip;
    private long _tagBytes;
    private int _padding;
    private bool _afterTag;
    private bool _searching;
    private int _searched;

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

            var taken = Math.Min(bytes.Length, _window.Length - _filled);
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
            if (_searching)
            {
                Search(ended);
                return;
            }

            var window = _window.AsSpan(0, _filled);
            if (_afterTag && window[0] == 0 && _padding < MaxPadding)
            {
                // No more than the limit, however many are in the window: the verdict must not depend on how the bytes arrive.
                var zeros = Math.Min(window.IndexOfAnyExcept((byte)0) is var at and >= 0 ? at : window.Length, MaxPadding - _padding);
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

            if ((Verdict = Container(window) ?? Frames(window)) is not null || (MayBeFrame(window) && !ended))
            {
                return;
            }

            if (MayBeFrame(window))
            {
                Verdict = AudioVerdict.Not("cut off in its first frame");
                return;
            }

            if (WhatElse(window) is var named && named != Nothing)
            {
                Verdict = AudioVerdict.Not(named);
                return;
            }

            _searching = true;
            Array.Resize(ref _window, SearchSize);
        }
    }

    /// <summary>Looks for the first of three MP3 frames that agree; each place is looked at once, however small the pieces are.</summary>
    private void Search(bool ended)
    {
        var window = _window.AsSpan(0, _filled);
        var complete = ended || _filled == SearchSize;
        while (window[_searched..].IndexOf((byte)0xFF) is >= 0 and var next)
        {
            _searched += next;
            if (Agree(window[_searched..]) is not { } agree)
            {
                if (!complete)
                {
                    return;
                }

                agree = false;
            }

            if (agree)
            {
                Verdict = AudioVerdict.Is(AudioFormat.Mp3, _searched);
                return;
            }

            _searched++;
        }

        _searched = _filled;
        Verdict = complete ? AudioVerdict.Not(WhatElse(window)) : null;
    }

    /// <summary>Whether frames of one stream stand here, one behind the other; null while the bytes don't reach so far.</summary>
    private static bool? Agree(ReadOnlySpan<byte> b)
    {
        var at = 0;
        for (var frame = 0; frame < AgreeingFrames; frame++)
        {
            if (b.Length < at + Mp3Header.Size)
            {
                return null;
            }

            var length = Mp3Header.FrameLength(b[at..]);
            if (length == 0 || !Mp3Header.SameStream(b, b[at..]))
            {
                return false;
            }

            at += length;
        }

        return true;
    }

    private void Drop(long bytes)
    {
        var inWindow = (int)Math.Min(bytes, _filled);
        _window.AsSpan(inWindow, _filled - inWindow).CopyTo(_window);
        _filled -= inWindow;
        _skip = bytes - inWindow;
    }

    /// <summary>
    /// The length of an ID3v2 tag that starts here (id3.org, "ID3v2 header"): 10 bytes, its synchsafe size, a footer if flagged. 0: none.
    /// </summary>
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

    /// <summary>A frame begins here, and the next one may stand where its length says, beyond the bytes that are here.</summary>
    private static bool MayBeFrame(ReadOnlySpan<byte> b) =>
        (AdtsHeader.FrameLength(b) is > 0 and var adts && b.Length < adts + AdtsHeader.Size)
            || (Mp3Header.FrameLength(b) is > 0 and var mp3 && b.Length < mp3 + Mp3Header.Size);

    /// <summary>
    /// A frame counts only when the next one stands where its length says: two bytes alone look like a sync word too often.
    /// </summary>
    private static AudioVerdict? Frames(ReadOnlySpan<byte> b)
    {
        if (AdtsHeader.FrameLength(b) is > 0 and var adts && b.Length >= adts + AdtsHeader.Size && AdtsHeader.FrameLength(b[adts..]) > 0)
        {
            return AudioVerdict.Is(AudioFormat.Aac);
        }

        return Mp3Header.FrameLength(b) is > 0 and var mp3 && b.Length >= mp3 + Mp3Header.Size && Mp3Header.FrameLength(b[mp3..]) > 0
            && Mp3Header.SameStream(b, b[mp3..])
            ? AudioVerdict.Is(AudioFormat.Mp3)
            : null;
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
            _ when b.StartsWith("FLV"u8) => "a Flash video",
            _ when b.StartsWith("caff"u8) => "a CAF file",
            _ when b.StartsWith(".snd"u8) => "an AU file",
            _ when b.StartsWith("MThd"u8) => "a MIDI file",
            _ when b is [0x1F, 0x8B, ..] => "a gzip archive",
            _ when b.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(b) == 0x3026B275 => "a Windows Media file",
            _ when b.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(b) is 0x000001BA or 0x000001B3 => "an MPEG video",
            _ when b.StartsWith("RIFF"u8) => "a RIFF file that is not WAVE",
            _ when b.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(b) == 0x1A45DFA3 => "a Matroska or WebM file",
            _ when text.StartsWith("<"u8) => "an HTML or XML page",
            _ when text.StartsWith("{"u8) || text.StartsWith("["u8) => "a JSON text",
            _ => Nothing,
        };
    }
}
