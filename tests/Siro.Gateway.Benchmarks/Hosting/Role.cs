using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Reflection;
using System.Text;
using System.Threading.Channels;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>
/// This program again, in a process of its own, serving one role. It says where it listens, answers questions about
/// itself line by line, and ends when its input ends, so that no run leaves one behind.
/// </summary>
internal sealed class Role : Child
{
    private const string Mark = "@@ ";

    /// <summary>The environment variable that names the port of a role which nobody talks to.</summary>
    public const string PortVariable = "SIRO_BENCH_PORT";

    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();

    private readonly Stream _log;
    private long _logLines;

    private Role(System.Diagnostics.Process process, Stream log)
        : base(process)
    {
        _log = log;
        _ = ListenAsync();
    }

    /// <summary>Lines logged since its start, as far as they were read.</summary>
    public long LogLines => Interlocked.Read(ref _logLines);

    /// <summary>What it said of itself when it was ready: its address, or whatever its role has to tell.</summary>
    public string Said { get; private set; } = "";

    public Uri Address => new(Said);

    /// <summary>
    /// Where the logs of this run's processes are kept: its output goes through a pipe that is read at once, as a container's does, and
    /// from there into a file.
    /// </summary>
    public static DirectoryInfo Logs { get; } = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"siro-bench-logs-{Environment.ProcessId}")));

    /// <summary>The host of the runtime that runs this program.</summary>
    public static string DotNet { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? Environment.ProcessPath!
        : Tools.Need("dotnet", "dotnet-sdk-10.0");

    /// <summary>
    /// The gateway runs with the runtime's settings that it ships with (garbage collector, thread pool), everybody else with a web
    /// project's own.
    /// </summary>
    private static string GatewayRuntime => Path.Combine(AppContext.BaseDirectory, "Siro.Gateway.runtimeconfig.json");

    public static async Task<Role> StartAsync(
        string name, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var process = Run(DotNet, Command(name, arguments), environment ?? new Dictionary<string, string>(), talk: true);
        var role = new Role(
            process, File.Create(Path.Combine(Logs.FullName, string.Create(CultureInfo.InvariantCulture, $"{name}-{process.Id}.log"))));
        try
        {
            role.Said = await role.AnswerAsync(name);
            return role;
        }
        catch
        {
            await role.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a role on a port of the caller's choice, without waiting for it and without talking to it.</summary>
    public static Child StartBare(string name, int port, params string[] arguments) => Start(
        DotNet,
        Command(name, arguments),
        new Dictionary<string, string>(StringComparer.Ordinal) { [PortVariable] = port.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Bytes allocated on its managed heap since its start.</summary>
    public async Task<long> AllocatedAsync()
    {
        await Process.StandardInput.WriteLineAsync("allocated");
        return long.Parse(await AnswerAsync("allocated"), CultureInfo.InvariantCulture);
    }

    /// <summary>A role ends when its input does, and takes away what it wrote: the emulator alone keeps gigabytes of recordings.</summary>
    protected override async Task EndAsync()
    {
        Process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await Process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The other end: runs in the child.</summary>
    public static async Task ServeAsync(WebApplication app)
    {
        if (Environment.GetEnvironmentVariable(PortVariable) is { Length: > 0 })
        {
            await app.RunAsync();
            return;
        }

        await app.StartAsync();
        await ServeAsync(app.Urls.First());
        await app.StopAsync();
    }

    /// <summary>The other end for what runs already and has <paramref name="said"/> to say.</summary>
    public static async Task ServeAsync(string said)
    {
        await Console.Out.WriteLineAsync(Mark + said);
        while (await Console.In.ReadLineAsync() is not null)
        {
            await Console.Out.WriteLineAsync(Mark + GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string[] Command(string name, string[] arguments)
    {
        var self = Assembly.GetExecutingAssembly().Location;
        string[] runtime = name == "gateway" ? ["--runtimeconfig", GatewayRuntime] : [];
        return ["exec", .. runtime, "--depsfile", Path.ChangeExtension(self, ".deps.json"), self, "serve", name, .. arguments];
    }

    private async Task<string> AnswerAsync(string asked)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            return await _answers.Reader.ReadAsync(limit.Token);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            throw new BenchmarkException($"The process did not answer to '{asked}'; what it logged stands in {Logs.FullName}.");
        }
    }

    /// <summary>
    /// Always reads, so that a role which logs a lot never waits. In blocks, so that reading a line of log costs next to nothing beside
    /// writing it.
    /// </summary>
    private async Task ListenAsync()
    {
        var output = PipeReader.Create(Process.StandardOutput.BaseStream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        await using (_log)
        {
            for (var read = await output.ReadAsync(); !(read.IsCompleted && read.Buffer.IsEmpty); read = await output.ReadAsync())
            {
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    Line(rest.Slice(0, end));
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                // A line without its end is the last one of a process that broke off.
                if (read.IsCompleted)
                {
                    Line(rest);
                    rest = rest.Slice(rest.End);
                }

                output.AdvanceTo(rest.Start, rest.End);
            }
        }

        _answers.Writer.Complete();
    }

    private void Line(ReadOnlySequence<byte> line)
    {
        var reader = new SequenceReader<byte>(line);
        if (reader.IsNext("@@ "u8, advancePast: true))
        {
            _answers.Writer.TryWrite(Encoding.UTF8.GetString(reader.UnreadSequence).TrimEnd('\r'));
            return;
        }

        foreach (var part in line)
        {
            _log.Write(part.Span);
        }

        _log.WriteByte((byte)'\n');
        Interlocked.Increment(ref _logLines);
    }
}
