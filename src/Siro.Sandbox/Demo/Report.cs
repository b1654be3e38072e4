using System.Diagnostics;
using Siro.Sandbox.Terminal;

namespace Siro.Sandbox.Demo;

/// <summary>What was checked, shown as it happens and counted for the end.</summary>
internal sealed class Report(Screen screen)
{
    private readonly List<string> _failures = [];
    private readonly long _started = Stopwatch.GetTimestamp();

    public int Checks { get; private set; }

    public IReadOnlyList<string> Failures => _failures;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public bool Check(bool good, string what, string detail, TimeSpan? took = null)
    {
        Checks++;
        if (!good)
        {
            _failures.Add($"{what}: {detail}");
        }

        screen.Check(good, what, detail, took);
        return good;
    }
}
