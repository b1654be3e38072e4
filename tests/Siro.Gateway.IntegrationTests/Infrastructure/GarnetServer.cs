using System.Globalization;
using System.Net.Sockets;
using System.Reflection;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// Garnet, which needs nothing but the .NET SDK; it commits its log before it answers, and keeps on disk what does not fit into its memory.
/// </summary>
public sealed class GarnetServer : StoreServer
{
    private readonly TemporaryDirectory _data;
    private readonly string _memory;
    private ProcessHandle _process;
    private bool _disturbed;

    private GarnetServer(TemporaryDirectory data, int port, string memory, ProcessHandle process)
    {
        _data = data;
        _process = process;
        _memory = memory;
        Port = port;
    }

    public int Port { get; }

    public override string Configuration => $"127.0.0.1:{Port}";

    /// <summary>
    /// It compiles itself while it runs, and each connection its scripts: on a busy machine a cold one takes more than the second after
    /// which a Redis is taken for away, and longer where other processes keep it from the processor.
    /// </summary>
    public override string LenientConfiguration => Configuration + ",connectTimeout=5000,asyncTimeout=15000";

    /// <summary>Where it goes when it is disposed of, if it was neither killed nor paused and nobody uses it any more.</summary>
    internal GarnetPool? Pool { get; set; }

    public static Task<GarnetServer> StartAsync(string memory = "256m") => StartAsync<GarnetServer>(1, async ports =>
    {
        var data = TemporaryDirectory.OfStore();
        var process = Run(ports[0], memory, data);
        if (await AnswersAsync(process, ports[0], "PING", "PONG"))
        {
            return new GarnetServer(data, ports[0], memory, process);
        }

        await process.DisposeAsync();
        data.Dispose();
        return null;
    });

    public override Task KillAsync()
    {
        _disturbed = true;
        return _process.KillAsync();
    }

    public override async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = Run(Port, _memory, _data);
        Assert.True(await AnswersAsync(_process, Port, "PING", "PONG"), string.Join('\n', _process.Output));
    }

    public override void Pause()
    {
        _disturbed = true;
        _process.Pause();
    }

    public override void Resume() => _process.Resume();

    public override async ValueTask DisposeAsync()
    {
        if (Pool is { } pool && !_disturbed && await EmptyAsync())
        {
            pool.Return(this);
            return;
        }

        await EndAsync();
    }

    /// <summary>Ends the process and removes what it wrote.</summary>
    internal async ValueTask EndAsync()
    {
        await _process.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>False where somebody is still connected: what is written later must not reach another class.</summary>
    private async Task<bool> EmptyAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            while (Lines(await AskAsync(Port, "CLIENT LIST", timeout.Token)) > 1)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
            }

            return (await AskAsync(Port, "FLUSHALL", timeout.Token)).StartsWith("+OK", StringComparison.Ordinal)
                && (await AskAsync(Port, "DBSIZE", timeout.Token)).StartsWith(":0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int Lines(string clients) => clients.Split('\n').Count(l => l.StartsWith("id=", StringComparison.Ordinal));

    private static ProcessHandle Run(int port, string memory, TemporaryDirectory data)
    {
        var dll = typeof(GarnetServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "GarnetServer").Value!;
        return ProcessHandle.StartDotnet(
            dll,
            [
                "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--lua", "--lua-transaction-mode", "--aof",
                "--aof-commit-wait",
                "--device-type", "RandomAccess", "--checkpointdir", data.Path, "--recover", "--storage-tier", "--logdir",
                Path.Combine(data.Path, "log"), "--memory", memory, "--index", "16m", "--aof-memory", "128m",

                // More than a test has connections: docs/redis.md.
                "--minthreads", "256",
            ]);
    }
}
