using System.Globalization;
using StackExchange.Redis;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>A redis-server of the run's own, as durable as the gateway's default wants it (appendfsync always).</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly Child _process;
    private readonly ConnectionMultiplexer _connection;

    private RedisServer(DirectoryInfo directory, Child process, ConnectionMultiplexer connection, int port)
    {
        _directory = directory;
        _process = process;
        _connection = connection;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Processor time used since its start.</summary>
    public TimeSpan Cpu => _process.Cpu;

    public IDatabase Database => _connection.GetDatabase();

    public static async Task<RedisServer> StartAsync()
    {
        var program = Tools.Need("redis-server", "redis-server");
        var port = FreePort.Find();
        var directory = Directory.CreateTempSubdirectory("siro-bench-redis-");
        var process = Child.Start(program, [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", directory.FullName, "--save", "", "--appendonly", "yes", "--appendfsync",
            "always"]);
        await FreePort.UntilItAnswersAsync(port, "redis-server");
        var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true");
        return new RedisServer(directory, process, connection, port);
    }

    /// <summary>Calls by command since the server's start, without those that only look (INFO).</summary>
    public async Task<IReadOnlyDictionary<string, long>> CallsAsync()
    {
        var sections = await _connection.GetServers()[0].InfoAsync("commandstats");
        return sections.SelectMany(section => section)
            .Where(line => line.Key != "cmdstat_info")
            .ToDictionary(line => line.Key["cmdstat_".Length..], line => Calls(line.Value), StringComparer.Ordinal);
    }

    /// <summary>Scripts run since the server's start.</summary>
    public async Task<long> ScriptsAsync()
    {
        var calls = await CallsAsync();
        return calls.GetValueOrDefault("evalsha") + calls.GetValueOrDefault("eval");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _process.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    // calls=12,usec=...
    private static long Calls(string value) => long.Parse(value.AsSpan(6, value.IndexOf(',') - 6), provider: CultureInfo.InvariantCulture);
}
