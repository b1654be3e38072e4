using System.Diagnostics;
using System.Globalization;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>A process of the run's own, killed with it, and what it used.</summary>
internal class Child : IAsyncDisposable
{
    private readonly Process _process;

    protected Child(Process process) => _process = process;

    /// <summary>Processor time used since its start.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime + Descendants().Aggregate(TimeSpan.Zero, (sum, child) => sum + child.TotalProcessorTime);
        }
    }

    /// <summary>Highest resident memory in bytes since its start or the last <see cref="ResetPeak"/>.</summary>
    public long PeakMemory
    {
        get
        {
            if (OperatingSystem.IsLinux())
            {
                var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) * 1024;
            }

            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Resident memory in bytes now.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    protected Process Process => _process;

    /// <summary>Starts a gateway as it ships, its assembly or its executable, on a port.</summary>
    public static Child Start(string program, int port, IReadOnlyDictionary<string, string> settings)
    {
        string[] arguments = ["--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")];
        return program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? new(Run(Role.DotNet, [program, .. arguments], settings))
            : new(Run(program, arguments, settings));
    }

    /// <summary>Starts a program whose output is read and thrown away.</summary>
    public static Child Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        new(Run(program, arguments, environment ?? new Dictionary<string, string>()));

    /// <summary>Forgets the peak, where the system can (Linux).</summary>
    public void ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Asks it to end by itself, where it can be asked.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    protected static Process Run(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, bool talk = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = talk,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        if (!talk)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
        }

        return process;
    }

    // nginx works in the children of the process that was started.
    private IEnumerable<Process> Descendants()
    {
        var list = $"/proc/{_process.Id}/task/{_process.Id}/children";
        return File.Exists(list)
            ? File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => Process.GetProcessById(int.Parse(id, null)))
            : [];
    }
}
