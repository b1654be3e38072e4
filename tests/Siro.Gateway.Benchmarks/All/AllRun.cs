using Spectre.Console;

namespace Siro.Gateway.Benchmarks.All;

/// <summary>Runs one command after the other and prints what they found as one table.</summary>
internal sealed class AllRun(IReadOnlyList<Func<Task<int>>> commands, IAnsiConsole console)
{
    public async Task<int> RunAsync()
    {
        var worst = 0;
        foreach (var command in commands)
        {
            worst = Math.Max(worst, await command());
        }

        ResultTable.Print(console);
        return worst;
    }
}
