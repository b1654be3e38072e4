using System.Net;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class RetryAfterTests
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData("Sun, 01 Mar 2026 12:02:00 GMT", 120)]
    [InlineData("Sunday, 01-Mar-26 12:02:00 GMT", 120)]
    [InlineData("Sun Mar  1 12:02:00 2026", 120)]
    [InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 0)]
    [InlineData("Mon, 01 Mar 2027 12:00:00 GMT", 86400)]
    [InlineData("99999999999999", 86400)]
    public void Seconds_and_dates_say_how_long_to_wait(string header, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Of(header));

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("")]
    public void What_can_t_be_read_says_nothing(string header) => Assert.Null(Of(header));

    private static TimeSpan? Of(string header)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.TryAddWithoutValidation("Retry-After", header);
        return RetryAfter.Of(response, Clock);
    }
}
