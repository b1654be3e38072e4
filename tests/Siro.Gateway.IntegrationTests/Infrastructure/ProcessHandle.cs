using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A child process that a test pauses, resumes and kills by its id. Killed when disposed.</summary>
public sealed class ProcessHandle : IAsyncDisposable
{
    private const int SigKill = 9;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;

    /// <summary>.NET's own: whether code is measured before it is compiled well.</summary>
    private const string TieredPgo = "DOTNET_TieredPGO";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private bool _disposed;

    private ProcessHandle(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            Keep(line.Data);
            _errors.Enqueue(line.Data ?? "");
        };
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines it printed, at most 2000.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>The same with the error output behind the other: which of the two is read first is chance.</summary>
    public IReadOnlyList<string> OutputThenErrors => [.. _output.Where(l => !_errors.Contains(l)), .. _errors];

    public static ProcessHandle Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        var handle = new ProcessHandle(new Process { StartInfo = start });
        handle._process.Start();
        handle._process.BeginOutputReadLine();
        handle._process.BeginErrorReadLine();
        return handle;
    }

    /// <summary>
    /// Starts a .NET program by its DLL, with the runtime that runs the tests, and as them without tiered PGO unless the environment asks
    /// for it: who lives for seconds only pays for that.
    /// </summary>
    /// <param name="launcher">A command that ends by becoming the one behind it; none when null.</param>
    public static ProcessHandle StartDotnet(string dll, IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null, IReadOnlyList<string>? launcher = null)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] command = [.. launcher ?? [], host, "exec", "--roll-forward", "Major", dll, .. arguments];
        var variables = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>(), StringComparer.Ordinal);
        variables.TryAdd(TieredPgo, Environment.GetEnvironmentVariable(TieredPgo) ?? "0");
        return Start(command[0], command[1..], variables);
    }

    /// <summary>SIGSTOP: every thread stands still, sockets stay open.</summary>
    public void Pause() => Signal(SigStop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signal(SigCont);

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Signal(SigTerm);

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            Signal(SigKill);
        }

        await _process.WaitForExitAsync();
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until it has printed a line that contains the text.</summary>
    public Task<string> LineAsync(string text, TimeSpan? within = null) => Until.GetAsync(
        () =>
        {
            var line = _output.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal));
            return line is null && _process.HasExited
                ? throw new InvalidOperationException(
                    $"The process ended ({_process.ExitCode}) before it printed '{text}':\n{string.Join('\n', _output)}")
                : Task.FromResult(line);
        },
        $"process {Id} prints '{text}'; it printed:\n{string.Join('\n', _output)}",
        within);

    public async Task<int> WaitForExitAsync(TimeSpan within)
    {
        await _process.WaitForExitAsync().WaitAsync(within);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await KillAsync();
            _process.Dispose();
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
            while (_output.Count > 2000)
            {
                _output.TryDequeue(out _);
            }
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited && Kill(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} to process {_process.Id} failed: errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
