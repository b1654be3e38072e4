using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Tests.Properties;

public sealed class HeaderProperties
{
    private static readonly Gen<string> Visible = from size in Gen.Choose(1, 255) from chars in Gen.Choose(0x21, 0x7E).Select(c => (char)c)
        .ArrayOf(size) select new string(chars);

    [Fact]
    public void An_idempotency_key_is_the_same_quoted_and_bare() =>
        Prop.ForAll(Visible.Where(k => !k.StartsWith('"')).ToArbitrary(), key =>
        {
            Assert.Equal(key, IdempotencyKey.Parse(key)!.Value.Value);
            Assert.Equal(key,
                IdempotencyKey.Parse("\"" + key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"",
                StringComparison.Ordinal) + "\"")!.Value.Value);
        }).Holds();

    [Fact]
    public void A_header_of_any_text_is_read_or_refused_and_nothing_else() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            Assert.True(IdempotencyKey.Parse(text.Get) is not { } key || key.Value.All(c => c is > ' ' and <= '~'));
            try
            {
                _ = ContentDigest.Parse(text.Get);
            }
            catch (ProblemException e)
            {
                Assert.Equal("invalid_digest", e.Problem.Code);
            }
        }).Holds();

    [Fact]
    public void A_digest_fits_its_bytes_and_no_others() =>
        Prop.ForAll((from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf() from at in Gen.Choose(0, 1000) select (bytes,
            at)).ToArbitrary(), c =>
        {
            var digest = ContentDigest.Parse($"sha-256=:{Convert.ToBase64String(SHA256.HashData(c.bytes))}:, "
                + $"sha-512=:{Convert.ToBase64String(SHA512.HashData(c.bytes))}:")!;
            Assert.True(digest.Fits(new Hashes(SHA256.HashData(c.bytes), SHA512.HashData(c.bytes))));
            byte[] other = [.. c.bytes, (byte)c.at];
            Assert.False(digest.Fits(new Hashes(SHA256.HashData(other), SHA512.HashData(c.bytes))));
            Assert.False(digest.Fits(new Hashes(SHA256.HashData(c.bytes), SHA512.HashData(other))));
        }).Holds(500);

    [Fact]
    public void A_signature_holds_for_what_was_signed_and_for_nothing_else() =>
        Prop.ForAll(
            (from key in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(32)
             from id in Visible
             from timestamp in Gen.Choose(0, int.MaxValue)
             from body in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf()
             from bit in Gen.Choose(0, 255)
             select (key, id, timestamp, body, bit)).ToArbitrary(),
            c =>
            {
                var (time, header) = ($"{c.timestamp}", WebhookSignature.Sign([c.key, new byte[32]], c.id, c.timestamp, c.body));
                Assert.True(WebhookSignature.Verify([c.key], c.id, time, c.body, header));
                Assert.True(WebhookSignature.Verify([[1], c.key], c.id, time, c.body, "v1,x " + header));
                Assert.False(WebhookSignature.Verify([], c.id, time, c.body, header));
                Assert.False(WebhookSignature.Verify([Flipped(c.key, c.bit)], c.id, time, c.body, header));
                Assert.False(WebhookSignature.Verify([c.key], c.id + "x", time, c.body, header));
                Assert.False(WebhookSignature.Verify([c.key], c.id, "0" + time, c.body, header));
                Assert.False(WebhookSignature.Verify([c.key], c.id, time, [.. c.body, 0], header));
                Assert.False(c.body.Length > 0 && WebhookSignature.Verify([c.key], c.id, time, Flipped(c.body, c.bit), header));
            }).Holds(500);

    [Fact]
    public void A_signature_header_of_any_text_fits_nothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(),
            text => !WebhookSignature.Verify([new byte[32]], "m", "1", Encoding.UTF8.GetBytes(text.Get), "v1," + text.Get)).Holds();

    [Fact]
    public void A_call_is_tried_on_its_schedule_and_for_the_last_time_when_its_time_is_over() =>
        Prop.ForAll(
            (from pauses in Gen.Choose(1, 1000).Select(s => TimeSpan.FromSeconds(s)).NonEmptyListOf()
             from giveUp in Gen.Choose(1, 20_000).Select(s => TimeSpan.FromSeconds(s))
             from asked in Gen.Choose(-10, 3000).Select(s => s < 0 ? (TimeSpan?)null : TimeSpan.FromSeconds(s))
             select (pauses, giveUp, asked)).ToArbitrary(),
            c =>
            {
                var options = new CallsOptions { RetrySchedule = [.. c.pauses], GiveUpAfter = c.giveUp };
                var (trying, tries) = (TimeSpan.Zero, 0);
                while (CallRetryPolicy.NextTry(options, tries, trying, c.asked, new Randomness()) is { } pause)
                {
                    var planned = c.pauses[Math.Min(tries, c.pauses.Count - 1)];
                    Assert.True(pause > TimeSpan.Zero && trying + pause <= c.giveUp);
                    Assert.True(trying + pause == c.giveUp || (pause >= planned * 0.9 && pause >= (c.asked ?? TimeSpan.Zero)));
                    trying += pause;
                    Assert.True(++tries <= (c.giveUp.TotalSeconds / 0.9) + 1);
                }

                Assert.Equal(c.giveUp, trying);
            }).Holds(300);

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        byte[] other = [.. bytes];
        other[bit / 8 % other.Length] ^= (byte)(1 << (bit % 8));
        return other;
    }
}
