using System.Text;
using Siro.Gateway.Budget;

namespace Siro.Gateway.Tests.Budget;

public sealed class AnswerLogTests
{
    [Fact]
    public void The_store_is_told_each_answer_once_and_all_of_the_window_when_it_asks()
    {
        var log = new AnswerLog();
        log.Trim(0, 6000);
        log.Add(1000);
        log.Add(2000);
        var list = new StringBuilder();
        Assert.Equal(0, log.Write(told: 0, now: 3000, list));
        Assert.Equal(2, Count(list));

        log.Add(2500);
        list.Clear();
        Assert.Equal(2, log.Write(told: 2, now: 3000, list));
        Assert.Equal(1, Count(list));

        list.Clear();
        Assert.Equal(0, log.Write(told: 0, now: 3000, list));
        Assert.Equal(3, Count(list));
    }

    [Fact]
    public void What_is_older_than_a_window_is_forgotten_and_the_count_goes_on()
    {
        var log = new AnswerLog();
        log.Trim(0, 6000);
        log.Add(1000);
        log.Add(5000);
        log.Trim(8000, 6000);
        Assert.Equal((1, 2), (log.Recent, log.Total));
        var list = new StringBuilder();
        Assert.Equal(1, log.Write(told: 0, now: 8000, list));
        Assert.Equal(1, Count(list));
    }

    [Fact]
    public void An_age_is_never_more_than_the_answers_own()
    {
        var log = new AnswerLog();
        log.Trim(0, 60_000);
        for (var at = 0; at < 50_000; at += 37)
        {
            log.Add(at);
        }

        var list = new StringBuilder();
        log.Write(told: 0, now: 50_000, list);
        var ages = list.ToString().Split(' ').SelectMany(g => Enumerable.Repeat(long.Parse(g.Split(':')[0]), int.Parse(g.Split(':')[1])))
            .ToArray();
        var own = Enumerable.Range(0, ages.Length).Select(n => 50_000L - (n * 37L)).ToArray();
        Assert.All(ages.Zip(own), pair => Assert.InRange(pair.First, pair.Second - 400, pair.Second));
    }

    private static int Count(StringBuilder list) => list.ToString().Split(' ').Sum(g => int.Parse(g.Split(':')[1]));
}
