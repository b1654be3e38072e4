using System.Globalization;
using System.Net.Sockets;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>Redis itself, which writes its log to disk before it answers.</summary>
public sealed class RedisServer : StoreServer
{
    private readonly TemporaryDirectory _data;
    private readonly string[] _arguments;
    private ProcessHandle _process;

    private RedisServer(TemporaryDirectory data, int port, string[] arguments, ProcessHandle process)
    {
        _data = data;
        _arguments = arguments;
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public override string Configuration => $"127.0.0.1:{Port}";

    public override string LenientConfiguration => Configuration + ",connectTimeout=5000,asyncTimeout=5000";

    /// <param name="settings">More of redis.conf, as words: <c>"--replicaof", "127.0.0.1 1234"</c>.</param>
    public static Task<RedisServer> StartAsync(params string[] settings) => StartAsync<RedisServer>(1, async ports =>
    {
        var data = TemporaryDirectory.OfStore();
        string[] arguments = [.. Arguments(ports[0], data.Path), .. settings];
        var process = ProcessHandle.Start(Find()!, arguments);
        if (await AnswersAsync(process, ports[0], "PING", "PONG"))
        {
            return new RedisServer(data, ports[0], arguments, process);
        }

        await process.DisposeAsync();
        data.Dispose();
        return null;
    });

    /// <summary>A sentinel that watches a primary under the name <c>siro</c>, alone (quorum 1).</summary>
    public static Task<RedisServer> StartSentinelAsync(int primary) => StartAsync<RedisServer>(1, async ports =>
    {
        var data = TemporaryDirectory.OfStore();
        var file = Path.Combine(data.Path, "sentinel.conf");
        await File.WriteAllTextAsync(file, string.Create(
            CultureInfo.InvariantCulture,
            $"port {ports[0]}\nbind 127.0.0.1\ndir {data.Path}\nsentinel monitor siro 127.0.0.1 {primary} 1\nsentinel down-after-milliseconds siro 1000\nsentinel failover-timeout siro 10000\n"));
        string[] arguments = [file, "--sentinel"];
        var process = ProcessHandle.Start(Find()!, arguments);
        if (await AnswersAsync(process, ports[0], "PING", "PONG"))
        {
            return new RedisServer(data, ports[0], arguments, process);
        }

        await process.DisposeAsync();
        data.Dispose();
        return null;
    });

    /// <summary>
    /// One command; the answer as it comes over the wire. Sent again when the server hangs up (a server that changes its role does).
    /// </summary>
    public async Task<string> CommandAsync(string command)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        while (true)
        {
            try
            {
                if (await AskAsync(Port, command, timeout.Token) is { Length: > 0 } answer)
                {
                    return answer;
                }
            }
            catch (Exception e) when (e is IOException or SocketException && !timeout.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
            }
        }
    }

    public override Task KillAsync() => _process.KillAsync();

    public override async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = ProcessHandle.Start(Find()!, _arguments);
        Assert.True(await AnswersAsync(_process, Port, "PING", "PONG"), string.Join('\n', _process.Output));
    }

    public override void Pause() => _process.Pause();

    public override void Resume() => _process.Resume();

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>redis-server's path, or null when it is not on PATH.</summary>
    internal static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(d => Path.Combine(d, "redis-server")).FirstOrDefault(File.Exists);

    internal static string[] Arguments(int port, string directory) =>
    [
        "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--dir", directory,
        "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no",
    ];
}
