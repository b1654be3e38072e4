using System.Text;
using Siro.Gateway.Events;

namespace Siro.Gateway.Tests.Events;

/// <summary>A block that holds what is looked for always says so.</summary>
public sealed class EventSignatureTests
{
    private const string Body =
        """{"eventType":"a.type","recordingId":"4ee6d650-17e2-4938-b2f1-d296ce2b5f31","note":"Crème Brûlée for Zorro"}""";

    [Theory]
    [InlineData("zorro")]
    [InlineData("for ZORRO")]
    [InlineData("Crème Brûlée")]
    [InlineData("4EE6D650-17E2-4938-B2F1-D296CE2B5F31")]
    [InlineData("""{"eventType":"a.type","recordingId":"4ee6d650-17e2-4938-b2f1-d296ce2b5f31","note":"Crème Brûlée for Zorro"}""")]
    public void Every_text_of_a_body_has_all_of_its_bits(string text) => Assert.True(Fits(new EventQuery { Text = text }));

    [Theory]
    [InlineData("nobody")]
    [InlineData("a.type2")]
    [InlineData("4ee6d650-17e2-4938-b2f1-d296ce2b5f32")]
    public void Another_text_lacks_some(string text) => Assert.False(Fits(new EventQuery { Text = text }));

    [Fact]
    public void A_type_is_looked_for_as_a_whole()
    {
        Assert.True(Fits(new EventQuery { Type = "a.type" }));
        Assert.False(Fits(new EventQuery { Type = "a.typ" }));
        Assert.False(Fits(new EventQuery { Type = "a.type", Text = "nobody" }));
    }

    [Fact]
    public void Texts_too_short_for_a_run_are_not_narrowed() => Assert.Empty(EventSignature.Positions(new EventQuery { Text = "zorr" }));

    [Fact]
    public void Long_texts_ask_for_a_few_bits_alone() =>
        Assert.InRange(EventSignature.Positions(new EventQuery { Text = new string('x', 100) + new string('y', 100) }).Count, 8, 17);

    private static bool Fits(EventQuery query)
    {
        var bits = new byte[EventSignature.Bytes];
        EventSignature.Add(bits, new StoredEvent("e", 1, "a.type", null, "siro", Body.Length, Encoding.UTF8.GetBytes(Body)));
        return EventSignature.Positions(query).All(p => (bits[p >> 3] & (0x80 >> (p & 7))) != 0);
    }
}
