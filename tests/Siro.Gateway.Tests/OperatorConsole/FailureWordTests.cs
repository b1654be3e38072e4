using Siro.Gateway.Deliveries;
using Siro.Gateway.OperatorConsole.Overview;

namespace Siro.Gateway.Tests.OperatorConsole;

/// <summary>What the overview says of a subscription that fails.</summary>
public sealed class FailureWordTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 11, 58, 30, TimeSpan.FromHours(1));

    [Fact]
    public void The_last_failure_is_told_with_its_status_and_the_first_line_of_its_answer() => Assert.Equal(
        "No attempt has succeeded since it began to fail. Its newest failed delivery was answered with 500 (2026-03-01 10:58 UTC): "
            + "“{\"error\":\"database is locked\"}”. 1 delivery waits, and is tried again on its schedule.",
        FailureWords.Of(Counts(retrying: 1, answer: "\\u000d\\u000a{\"error\":\"database is locked\"}\\u000asecond line")));

    [Fact]
    public void Where_all_have_died_nothing_is_said_to_be_tried_again()
    {
        var said = FailureWords.Of(Counts(dead: 3, answer: null));

        Assert.EndsWith(
            "with 500 (2026-03-01 10:58 UTC). Nothing is tried again by itself: replay the dead letters once the endpoint works.",
            said, StringComparison.Ordinal);
        Assert.DoesNotContain("schedule", said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_is_not_claimed()
    {
        Assert.Equal("No attempt has succeeded since it began to fail.", FailureWords.Of(null));
        Assert.Equal("No attempt has succeeded since it began to fail.", FailureWords.Of(DeliveryCounts.None));
    }

    [Fact]
    public void A_sentence_that_is_repeated_ends_once() => Assert.Contains(
        "UTC): “Come back at six”. 2 deliveries wait", FailureWords.Of(Counts(retrying: 2, answer: "Come back at six.")),
        StringComparison.Ordinal);

    [Fact]
    public void A_long_answer_is_cut_between_characters()
    {
        var said = FailureWords.Of(Counts(retrying: 2, answer: new string('x', 199) + "\U0001F600tail"));

        Assert.Contains(new string('x', 199) + "…”", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout", null, "got no answer in time")]
    [InlineData("connect", null, "got no connection to the endpoint")]
    [InlineData("redirect", 302, "was answered with 302, a redirect, which is not followed")]
    [InlineData("broken_answer", 200, "got an answer that broke off")]
    [InlineData("address_forbidden", null, "was not sent: the endpoint's address is not allowed")]
    [InlineData("unsigned", null, "was not sent: there is no secret to sign it with")]
    public void Every_kind_of_failure_has_its_words(string error, int? status, string words)
    {
        var counts = Counts(retrying: 1) with { LastFailure = new Attempt(At, status, 1, error, null, false) };

        Assert.Contains($"Its newest failed delivery {words} (2026-03-01 10:58 UTC). ", FailureWords.Of(counts), StringComparison.Ordinal);
    }

    private static DeliveryCounts Counts(int retrying = 0, int dead = 0, string? answer = null) =>
        new(0, retrying, 0, dead, 0, null, TimeSpan.Zero) { LastFailure = new Attempt(At, 500, 1, "status", answer, false) };
}
