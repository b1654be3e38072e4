using Siro.Gateway.Recordings.Reconciliation;

namespace Siro.Gateway.Tests.Recordings;

/// <summary>From where the next poll asks. Minutes after <see cref="Start"/>.</summary>
public sealed class PollDataTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 9, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 50, 60, 50)]
    [InlineData(0, 70, 60, 60)]
    [InlineData(0, 500_000, 60, 60)]
    [InlineData(0, 70, null, 0)]
    [InlineData(30, 20, 60, 30)]
    [InlineData(30, 70, 10, 30)]
    [InlineData(30, 30, 60, 30)]
    public void The_next_poll_asks_from_the_latest_change_but_not_from_after_this_ones_beginning(
        int mark, int seen, int? begun, int expected)
    {
        var data = new PollData
        {
            Mark = Start.AddMinutes(mark), Seen = Start.AddMinutes(seen), Begun = begun is { } at ? Start.AddMinutes(at) : null,
        };
        Assert.Equal(Start.AddMinutes(expected), data.NextMark());
    }
}
