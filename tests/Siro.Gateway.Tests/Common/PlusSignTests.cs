using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class PlusSignTests
{
    [Theory]
    [InlineData("2026-03-01T14:30:00 02:00", "2026-03-01T14:30:00+02:00")]
    [InlineData("2026-03-01T14:30:00.250 0200", "2026-03-01T14:30:00.250+0200")]
    [InlineData("2026-03-01 14:30:00 02:00", "2026-03-01 14:30:00+02:00")]
    [InlineData("2026-03-01T14:30 02:00", "2026-03-01T14:30+02:00")]
    [InlineData("2026-03-01 14:30", "2026-03-01 14:30")]
    [InlineData("2026-03-01T14:30:00-05:00", "2026-03-01T14:30:00-05:00")]
    [InlineData("2026-03-01T14:30:00Z", "2026-03-01T14:30:00Z")]
    [InlineData("Sun, 01 Mar 2026 14:30:00 GMT", "Sun, 01 Mar 2026 14:30:00 GMT")]
    public void A_blank_before_an_offset_was_a_plus(string text, string expected) => Assert.Equal(expected, PlusSign.InMoment(text));

    [Theory]
    [InlineData("rep tag@example.com", "rep+tag@example.com")]
    [InlineData(" rep@example.com ", "rep@example.com")]
    [InlineData("a b/c=", "a+b/c=")]
    public void What_never_holds_a_blank_gets_its_plus_back(string text, string expected) =>
        Assert.Equal(expected, PlusSign.Restored(text));

    [Theory]
    [InlineData("?url=app://call?n=+1555&x=2", "app://call?n=+1555")]
    [InlineData("?x=1&url=app%3A%2F%2Fa%20b%2Bc", "app://a b+c")]
    [InlineData("?u%72l=a", "a")]
    [InlineData("?other=a", null)]
    [InlineData("", null)]
    public void A_value_as_written_is_percent_decoded_and_nothing_else(string query, string? expected) =>
        Assert.Equal(expected, PlusSign.AsWritten(new QueryString(query), "url"));
}
