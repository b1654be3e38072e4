using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Siro.Gateway.Uploads.Audio;

namespace Siro.Gateway.Tests.Properties;

public sealed class AudioProperties
{
    private static readonly byte[] Mp3 = File.ReadAllBytes(Path.Combine(
        typeof(AudioProperties).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!,
        "tests", "assets", "call.mp3"));

    /// <summary>Noise, and pieces that look like the beginning of something.</summary>
    private static readonly Gen<byte[]> Piece = Gen.OneOf(
        from size in Gen.Choose(0, 300) from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(size) select bytes,
        from at in Gen.Choose(0, Mp3.Length - 3000) from size in Gen.Choose(1, 3000) select Mp3.AsSpan(at, size).ToArray(),
        from size in Gen.Choose(0, 127) from version in Gen.Choose(0, 5) from flags in Gen
            .Choose(0, 255) select (byte[])[.. "ID3"u8, (byte)version, 0, (byte)flags, 0, 0, 0, (byte)size],
        from second in Gen.Choose(0, 255) from third in Gen
            .Choose(0, 255) select (byte[])[0xFF, (byte)second, (byte)third, 0x80, 0x10, 0x1F, 0xFC],
        from size in Gen.Choose(0, 9000) from value in Gen.Elements(0, 0xFF, 0x55) select Enumerable.Repeat((byte)value, size).ToArray(),
        Gen.Elements("RIFF....WAVE", "RF64....WAVEds64", "ADIF", "OggS", "fLaC", "<html>", "{\"a\":1}", "%PDF-1.4").Select(
            System.Text.Encoding.ASCII.GetBytes));

    private static readonly Gen<byte[]> File_ = from count in Gen.Choose(0, 12) from pieces in Piece.ArrayOf(count) select pieces
        .SelectMany(p => p).ToArray();

    [Fact]
    public void Whatever_the_bytes_and_however_they_arrive_there_is_one_verdict_and_no_exception() =>
        Prop.ForAll((from file in File_ from piece in Gen.Choose(1, 5000) select (file, piece)).ToArbitrary(), c =>
        {
            Assert.Equal(Sniff(c.file, int.MaxValue), Sniff(c.file, c.piece));
        }).Holds();

    [Fact]
    public void It_has_decided_when_its_window_is_full_and_nothing_later_changes_that() =>
        Prop.ForAll((from file in File_ where file.Length < 40_000
            && !file.AsSpan().StartsWith("ID3"u8) from seed in Gen.Choose(0, 255) select (file, seed)).ToArbitrary(), c =>
        {
            var sniffer = new AudioSniffer();
            sniffer.Append(c.file);
            sniffer.Append([.. Enumerable.Range(0, AudioSniffer.SearchSize + 9000).Select(i => (byte)((i * c.seed) % 251))]);
            Assert.NotNull(sniffer.Verdict);
            var verdict = sniffer.Verdict;
            sniffer.Append(Mp3);
            Assert.Equal(verdict, sniffer.Verdict);
            Assert.Equal(verdict, sniffer.End());
        }).Holds(300);

    [Fact]
    public void What_was_passed_over_is_followed_by_frames_that_agree() =>
        Prop.ForAll((from junk in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf() from cut in Gen.Choose(1, 2000) select (byte[])[.. junk,
            .. Mp3.AsSpan(500 + cut, 20_000)]).ToArbitrary(), file =>
        {
            var verdict = Sniff(file, 777);
            if (verdict.Format is AudioFormat.Mp3)
            {
                var first = file.AsSpan(verdict.Skipped);
                Assert.InRange(verdict.Skipped, 0, AudioSniffer.SearchSize);
                Assert.True(Mp3Header.FrameLength(first) is > 0 and var length && Mp3Header.FrameLength(first[length..]) > 0
                    && Mp3Header.SameStream(first, first[length..]));
            }
        }).Holds();

    private static AudioVerdict Sniff(byte[] bytes, int piece)
    {
        var sniffer = new AudioSniffer();
        for (var at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
        {
            sniffer.Append(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        }

        return sniffer.End();
    }
}
