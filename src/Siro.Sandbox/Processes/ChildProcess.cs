using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Siro.Sandbox.Processes;

/// <summary>A program that the sandbox started. Its output goes to a file; it is asked to end, and ended if it doesn't.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly string _logFile;

    private ChildProcess(Process process, StreamWriter log, string name, string logFile)
    {
        _process = process;
        _log = log;
        _logFile = logFile;
        Name = name;
    }

    /// <summary>The runtime that runs the sandbox runs its children.</summary>
    public static string Dotnet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? Environment.ProcessPath!
        : "dotnet";

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static ChildProcess Start(string name, string assembly, IEnumerable<string> arguments, string logFile, Watchdog watchdog,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["exec", "--roll-forward", "Major", assembly, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[key] = value;
        }

        var log = new StreamWriter(logFile, append: false, Encoding.UTF8) { AutoFlush = true };
        var child = new ChildProcess(new Process { StartInfo = start }, log, name, logFile);
        child._process.OutputDataReceived += (_, e) => child.Write(e.Data);
        child._process.ErrorDataReceived += (_, e) => child.Write(e.Data);
        child._process.Start();
        watchdog.Guard(child._process.Id);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="SandboxException">It ended, or was not ready in time; the message holds its last lines.</exception>
    public async Task ReadyAsync(Func<CancellationToken, Task<bool>> ask, TimeSpan within, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(within);
        try
        {
            while (!await ask(limit.Token))
            {
                if (_process.HasExited)
                {
                    throw new SandboxException($"{Name} ended with exit code {_process.ExitCode}:{Environment.NewLine}{Tail()}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new SandboxException($"{Name} was not ready within {within.TotalSeconds:0} s:{Environment.NewLine}{Tail()}");
        }
    }

    public Task ExitAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    /// <summary>The last lines of its output; where it died of an exception, that exception's first lines.</summary>
    public string Tail(int lines = 20)
    {
        lock (_log)
        {
            using var file = new FileStream(_logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var all = reader.ReadToEnd().TrimEnd().Split('\n');
            var crash = Array.FindIndex(all, line => line.Contains("Unhandled exception", StringComparison.Ordinal));
            return string.Join(Environment.NewLine, crash < 0 ? all.TakeLast(lines) : all.Skip(crash).Take(lines));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows() || Kill(_process.Id, SigTerm) != 0)
            {
                _process.Kill(entireProcessTree: true);
            }

            using var limit = new CancellationTokenSource(TimeLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    private void Write(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.WriteLine(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
