using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Calls;

/// <summary>Six hours of "not ready" on a clock of the test's own.</summary>
public sealed class CallRetryPolicyTests
{
    private static readonly CallsOptions Defaults = new();

    [Fact]
    public void A_recording_that_never_comes_is_tried_for_six_hours_and_not_a_moment_longer()
    {
        var tries = Tries(Defaults, new Exactly());
        double[] first = [0, 5, 20, 50, 110, 230, 530, 1130, 2030, 2930];
        Assert.Equal(first, tries.Take(first.Length).Select(t => t.TotalSeconds));
        Assert.All(tries[7..^1].Zip(tries[8..^1], (a, b) => b - a), pause => Assert.Equal(TimeSpan.FromMinutes(15), pause));
        Assert.Equal(TimeSpan.FromHours(6), tries[^1]);
        Assert.Equal(31, tries.Count);
    }

    [Fact]
    public void Chance_moves_each_try_by_a_tenth_of_its_pause_at_most()
    {
        var chance = new Randomness();
        for (var run = 0; run < 200; run++)
        {
            var tries = Tries(Defaults, chance);
            Assert.Equal(TimeSpan.FromHours(6), tries[^1]);
            foreach (var (number, pause) in tries[..^1].Zip(tries[1..^1], (a, b) => b - a).Index())
            {
                var planned = Defaults.Schedule[Math.Min(number, Defaults.Schedule.Count - 1)];
                Assert.InRange(pause, planned * 0.9, planned * 1.1);
            }
        }
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(1, 5)]
    [InlineData(100_000, 21_600)]
    public void A_provider_may_ask_for_more_time_but_not_for_more_than_there_is(int asked, int expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected),
            CallRetryPolicy.NextTry(Defaults, 0, TimeSpan.Zero, TimeSpan.FromSeconds(asked), new Exactly()));

    [Fact]
    public void A_shorter_limit_and_another_schedule_are_kept_too()
    {
        var options = new CallsOptions { GiveUpAfter = TimeSpan.FromSeconds(10),
            RetrySchedule = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)] };
        Assert.Equal([0, 1, 5, 9, 10], Tries(options, new Exactly()).Select(t => t.TotalSeconds));
    }

    /// <summary>The moments of every try of a recording that never becomes ready.</summary>
    private static List<TimeSpan> Tries(CallsOptions options, Randomness randomness)
    {
        var clock = new FakeTimeProvider();
        var begun = clock.GetUtcNow();
        var tries = new List<TimeSpan> { TimeSpan.Zero };
        while (CallRetryPolicy.NextTry(options, tries.Count - 1, clock.GetUtcNow() - begun, null, randomness) is { } pause)
        {
            Assert.True(pause > TimeSpan.Zero);
            clock.Advance(pause);
            tries.Add(clock.GetUtcNow() - begun);
        }

        return tries;
    }

    private sealed class Exactly : Randomness
    {
        public override double NextDouble() => 0.5;
    }
}
