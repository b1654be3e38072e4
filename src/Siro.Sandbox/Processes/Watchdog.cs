using System.Diagnostics;
using System.Globalization;

namespace Siro.Sandbox.Processes;

/// <summary>
/// A small process of its own that outlives the sandbox by a moment: when the sandbox dies without a word (kill -9, a crash),
/// its end of the pipe closes, and the watchdog ends the children. A graceful end says so first.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    /// <summary>The hidden command that runs the watchdog's side.</summary>
    public const string Command = "__watchdog";

    private const string AllIsWell = "done";
    private readonly Process _process;

    private Watchdog(Process process) => _process = process;

    public static Watchdog Start()
    {
        var start = new ProcessStartInfo(ChildProcess.Dotnet) { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add(typeof(Watchdog).Assembly.Location);
        start.ArgumentList.Add(Command);
        return new Watchdog(Process.Start(start)!);
    }

    /// <summary>The watchdog's side: reads process ids, and kills them when the pipe ends without the last word.</summary>
    public static int Watch(TextReader input)
    {
        // Ctrl-C reaches the whole group; the watchdog stays until the sandbox has ended.
        Console.CancelKeyPress += (_, e) => e.Cancel = true;
        var children = new List<Process>();
        while (input.ReadLine() is { } line)
        {
            if (line == AllIsWell)
            {
                return 0;
            }

            try
            {
                children.Add(Process.GetProcessById(int.Parse(line, CultureInfo.InvariantCulture)));
            }
            catch (ArgumentException)
            {
                // It has ended already.
            }
        }

        foreach (var child in children.Where(c => !c.HasExited))
        {
            child.Kill(entireProcessTree: true);
        }

        return 0;
    }

    public void Guard(int processId)
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.WriteLine(processId.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await _process.StandardInput.WriteLineAsync(AllIsWell);
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
