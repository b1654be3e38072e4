using System.Globalization;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A Redis Cluster of three primaries, made by hand, so that it is up in about two seconds.</summary>
public sealed class RedisCluster : StoreServer
{
    private const int Nodes = 3;
    private const int Slots = 16384;

    private readonly TemporaryDirectory _data;
    private readonly int[] _ports;
    private readonly ProcessHandle[] _processes;

    private RedisCluster(TemporaryDirectory data, int[] ports, ProcessHandle[] processes)
    {
        _data = data;
        _ports = ports;
        _processes = processes;
    }

    public override string Configuration => string.Join(',', _ports.Take(Nodes).Select(p => $"127.0.0.1:{p}"));

    public static Task<RedisCluster> StartAsync() => StartAsync<RedisCluster>(Nodes * 2, async ports =>
    {
        var data = TemporaryDirectory.OfStore();
        var processes = Enumerable.Range(0, Nodes).Select(n => Run(data, ports, n)).ToArray();
        var cluster = new RedisCluster(data, ports, processes);
        for (var node = 0; node < Nodes; node++)
        {
            if (!await AnswersAsync(processes[node], ports[node], "PING", "PONG"))
            {
                await cluster.DisposeAsync();
                return null;
            }
        }

        for (var node = 0; node < Nodes; node++)
        {
            await SendAsync(ports[node], string.Create(CultureInfo.InvariantCulture, $"CLUSTER SET-CONFIG-EPOCH {node + 1}"));
            await SendAsync(ports[node],
                string.Create(
                CultureInfo.InvariantCulture, $"CLUSTER ADDSLOTSRANGE {Slots * node / Nodes} {(Slots * (node + 1) / Nodes) - 1}"));
        }

        for (var node = 1; node < Nodes; node++)
        {
            await SendAsync(
                ports[0], string.Create(CultureInfo.InvariantCulture, $"CLUSTER MEET 127.0.0.1 {ports[node]} {ports[Nodes + node]}"));
        }

        await cluster.AgreesAsync();
        return cluster;
    });

    /// <summary>One command to one node.</summary>
    public Task CommandAsync(int node, string command) => SendAsync(_ports[node], command);

    public override Task KillAsync() => Task.WhenAll(_processes.Select(p => p.KillAsync()));

    public override async Task RestartAsync()
    {
        for (var node = 0; node < Nodes; node++)
        {
            await _processes[node].DisposeAsync();
            _processes[node] = Run(_data, _ports, node);
        }

        await AgreesAsync();
    }

    public override void Pause() => Array.ForEach(_processes, p => p.Pause());

    public override void Resume() => Array.ForEach(_processes, p => p.Resume());

    public override async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _data.Dispose();
    }

    private static ProcessHandle Run(TemporaryDirectory data, int[] ports, int node) => ProcessHandle.Start(
        RedisServer.Find()!,
        [
            .. RedisServer.Arguments(ports[node], data.Sub("node" + node.ToString(CultureInfo.InvariantCulture))),
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000",
            "--cluster-port", ports[Nodes + node].ToString(CultureInfo.InvariantCulture), "--cluster-announce-ip", "127.0.0.1",
        ]);

    private static async Task SendAsync(int port, string command)
    {
        var answer = await AskAsync(port, command, CancellationToken.None);
        Assert.StartsWith("+OK", answer, StringComparison.Ordinal);
    }

    /// <summary>Waits until every node sees all the others and all slots.</summary>
    private async Task AgreesAsync()
    {
        for (var node = 0; node < Nodes; node++)
        {
            Assert.True(await AnswersAsync(_processes[node], _ports[node], "CLUSTER INFO", "cluster_state:ok"),
                string.Join('\n', _processes[node].Output));
            Assert.True(await AnswersAsync(_processes[node], _ports[node], "CLUSTER INFO", "cluster_known_nodes:3"),
                "A node does not know the others.");
        }
    }
}
