using System.Reflection;
using System.Text;
using Siro.Gateway.Uploads.Audio;

namespace Siro.Gateway.Tests.Uploads;

public sealed class AudioSnifferTests
{
    [Theory]
    [InlineData("mp3", 1)]
    [InlineData("mp3", 7)]
    [InlineData("mp3", 100_000)]
    [InlineData("aac", 1)]
    [InlineData("aac", 100_000)]
    [InlineData("wav", 1)]
    [InlineData("wav", 100_000)]
    public void Real_recordings_are_known_however_their_bytes_arrive(string type, int piece) =>
        Assert.Equal(type, Sniff(Asset(type), piece).Format?.Name());

    [Theory]
    [InlineData("aac")]
    [InlineData("mp3")]
    public void A_tag_in_front_says_nothing_about_what_follows(string type)
    {
        var audio = Asset(type);
        if (type is "mp3")
        {
            audio = WithoutTag(audio);
        }

        Assert.Equal(type, Sniff([.. Tag(20_000), .. Tag(300, footer: true), .. audio], 1000).Format?.Name());
    }

    [Fact]
    public void Padding_behind_a_tag_is_passed_over() =>
        Assert.Equal(AudioFormat.Mp3, Sniff([.. Tag(100), .. new byte[1200], .. WithoutTag(Asset("mp3"))], 333).Format);

    [Theory]
    [InlineData("RF64")]
    [InlineData("BW64")]
    public void A_64_bit_wav_needs_its_size_chunk(string form)
    {
        byte[] header = [.. Encoding.ASCII.GetBytes(form), 0xFF, 0xFF, 0xFF, 0xFF, .. "WAVEds64"u8, .. new byte[64]];

        Assert.Equal(AudioFormat.Wav, Sniff(header, 5).Format);
        "data"u8.CopyTo(header.AsSpan(12));
        Assert.Null(Sniff(header, 5).Format);
    }

    [Fact]
    public void Adif_is_aac() => Assert.Equal(AudioFormat.Aac, Sniff([.. "ADIF"u8, .. new byte[50]], 50).Format);

    public static TheoryData<string, byte[], string> Others => new()
    {
        { "m4a", [0, 0, 0, 0x20, .. "ftypM4A "u8, .. new byte[100]], "MPEG-4" },
        { "html", [.. "\r\n<!DOCTYPE html><html>"u8, .. new byte[100]], "HTML" },
        { "html behind a tag", [.. Tag(50), .. "<html><body>Not found</body></html>"u8], "HTML" },
        { "json", [.. "{\"error\":\"not found\"}"u8], "JSON" },
        { "json with a byte order mark", [.. "\uFEFF[1, 2, 3, 4, 5, 6, 7]"u8], "JSON" },
        { "zip", [.. "PK\x03\x04"u8, .. new byte[100]], "ZIP" },
        { "flac", [.. "fLaC"u8, .. new byte[100]], "FLAC" },
        { "flac behind a tag", [.. Tag(10), .. "fLaC"u8, .. new byte[100]], "FLAC" },
        { "ogg", [.. "OggS"u8, .. new byte[100]], "Ogg" },
        { "pdf", [.. "%PDF-1.7"u8, .. new byte[100]], "PDF" },
        { "amr", [.. "#!AMR\n"u8, .. new byte[100]], "AMR" },
        { "avi", [.. "RIFF\0\0\0\0AVI "u8, .. new byte[100]], "RIFF" },
        { "webm", [0x1A, 0x45, 0xDF, 0xA3, .. new byte[100]], "WebM" },
        { "zeros", new byte[10_000], "none of" },
        { "text", [.. "Hello, this is a text of some length."u8], "none of" },
        { "a sync word by chance", [0xFF, 0xFB, 0x90, 0x00, .. new byte[2000]], "none of" },
        { "an adts sync word by chance", [0xFF, 0xF1, 0x50, 0x80, 0x10, 0x1F, 0xFC, .. new byte[2000]], "none of" },
        { "mpeg layer II", [0xFF, 0xFD, 0x90, 0x00, .. new byte[2000]], "none of" },
        { "one frame that is cut off", [0xFF, 0xFB, 0x90, 0x00, .. new byte[100]], "cut off" },
        { "a recording deep in something else", [.. new byte[70_000], .. WithoutTag(Asset("mp3"))], "none of" },
        { "a recording in a page", [.. "<html>"u8, .. new byte[500], .. WithoutTag(Asset("mp3"))], "HTML" },
        { "a recording in a Flash video", [.. "FLV\x01"u8, .. new byte[500], .. WithoutTag(Asset("mp3"))], "Flash" },
        { "two frames in noise", [.. new byte[500], .. TwoFrames()], "none of" },
        { "five bytes", [1, 2, 3, 4, 5], "none of" },
        { "only a tag", Tag(30), "too short" },
        { "a tag longer than the file", Tag(5000)[..600], "too short" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void What_is_no_audio_is_refused_by_name(string what, byte[] bytes, string named)
    {
        var verdict = Sniff(bytes, 64);

        Assert.True(verdict.Format is null, what);
        Assert.Contains(named, verdict.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 500, 1)]
    [InlineData(0, 500, 100_000)]
    [InlineData(20_000, 300, 777)]
    [InlineData(100, 5000, 64)]
    [InlineData(0, 63_000, 4096)]
    public void Bytes_in_front_of_the_first_mp3_frame_are_passed_over_and_counted(int tag, int junk, int piece)
    {
        byte[] front = [.. Enumerable.Range(0, junk).Select(i => (byte)((i * 31 % 250) + 1))];

        var verdict = Sniff([.. tag > 0 ? Tag(tag) : [], .. front, .. WithoutTag(Asset("mp3"))], piece);

        Assert.Equal((AudioFormat.Mp3, junk), (verdict.Format, verdict.Skipped));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(200)]
    [InlineData(1000)]
    public void An_mp3_that_was_cut_in_mid_frame_at_its_front_is_one(int cut)
    {
        var frames = WithoutTag(Asset("mp3"));
        var verdict = Sniff(frames[cut..], 500);

        Assert.Equal(AudioFormat.Mp3, verdict.Format);
        Assert.True(Mp3Header.FrameLength(frames.AsSpan(cut + verdict.Skipped)) > 0);
    }

    [Fact]
    public void It_never_looks_beyond_its_window()
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)1, AudioSniffer.SearchSize - 1)];
        var sniffer = new AudioSniffer();

        Assert.Null(sniffer.Append(bytes));
        Assert.NotNull(sniffer.Append([1]));
        Assert.Null(sniffer.Verdict!.Value.Format);
    }

    [Fact]
    public void Tags_without_end_are_given_up()
    {
        var sniffer = new AudioSniffer();
        var tag = Tag(4_000_000);
        for (var i = 0; i < 4 && sniffer.Verdict is null; i++)
        {
            sniffer.Append(tag);
        }

        Assert.Null(sniffer.Append(tag)!.Value.Format);
    }

    [Theory]
    [InlineData("call.mp3", "audio/mpeg", false)]
    [InlineData("call", null, false)]
    [InlineData("call.bin", "application/octet-stream", false)]
    [InlineData("CALL.MP3", "audio/mp3", false)]
    [InlineData("call.wav", "audio/mpeg", true)]
    [InlineData("call.m4a", null, true)]
    [InlineData("call.mp3", "audio/wav", true)]
    [InlineData("call.mp3", "text/html", true)]
    [InlineData("call.zip", "audio/mpeg", true)]
    public void A_declared_name_or_type_may_not_contradict_the_bytes(string name, string? type, bool contradicts) =>
        Assert.Equal(contradicts, AudioFormat.Mp3.ContradictedByFileName(name) || AudioFormat.Mp3.ContradictedByMediaType(type));

    private static AudioVerdict Sniff(byte[] bytes, int piece)
    {
        var sniffer = new AudioSniffer();
        for (var i = 0; i < bytes.Length && sniffer.Verdict is null; i += piece)
        {
            sniffer.Append(bytes.AsSpan(i, Math.Min(piece, bytes.Length - i)));
        }

        return sniffer.Verdict ?? sniffer.End();
    }

    private static byte[] Tag(int size, bool footer = false) =>
        [.. "ID3"u8, 4, 0, (byte)(footer ? 0x10 : 0), (byte)((size >> 21) & 0x7F), (byte)((size >> 14) & 0x7F), (byte)((size >> 7) & 0x7F),
            (byte)(size & 0x7F), .. new byte[size + (footer ? 10 : 0)]];

    private static byte[] TwoFrames()
    {
        var frames = WithoutTag(Asset("mp3"));
        var first = Mp3Header.FrameLength(frames);
        return frames[..(first + Mp3Header.FrameLength(frames.AsSpan(first)))];
    }

    private static byte[] WithoutTag(byte[] mp3) => mp3[(10 + ((mp3[6] << 21) | (mp3[7] << 14) | (mp3[8] << 7) | mp3[9]))..];

    private static byte[] Asset(string type) => File.ReadAllBytes(Path.Combine(
        typeof(AudioSnifferTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!,
        "tests", "assets", "call." + type));
}
