using Spectre.Console;

namespace Siro.Gateway.Benchmarks.All;

/// <summary>One figure beside its goal.</summary>
/// <param name="What">The path and what it is compared to, as docs/benchmarks.md names it.</param>
/// <param name="Value">The median over the rounds.</param>
/// <param name="Goal">The bound that is meant to hold.</param>
/// <param name="AtLeast">True where more is better.</param>
internal sealed record Result(string What, double Value, double Goal, bool AtLeast)
{
    public bool IsMet => AtLeast ? Value >= Goal : Value <= Goal;
}

/// <summary>What the commands of one run found, for the one table of <c>all</c>. A command adds its rows where it prints them.</summary>
internal static class ResultTable
{
    private static readonly List<Result> Rows = [];

    public static void AtLeast(string what, double value, double goal) => Rows.Add(new Result(what, value, goal, AtLeast: true));

    public static void AtMost(string what, double value, double goal) => Rows.Add(new Result(what, value, goal, AtLeast: false));

    public static void Print(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Markdown).AddColumns("path", "measured", "goal", "");
        foreach (var row in Rows)
        {
            table.AddRow(Markup.Escape(row.What), $"{row.Value:0.00}", $"{(row.AtLeast ? ">=" : "<=")} {row.Goal:0.##}",
                row.IsMet ? "met" : "not met");
        }

        console.Write(table);
    }
}
