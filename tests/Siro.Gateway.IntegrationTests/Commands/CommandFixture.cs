using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Commands;

/// <summary>A gateway as a process on a port of its own that a test may kill and start again, and an application on this machine.</summary>
public sealed class CommandFixture : GatewayFixture
{
    private GatewayProcess? _process;

    public int Port { get; } = FreePort.Take(1)[0];

    internal Subscribers Applications { get; private set; } = null!;

    protected override bool StartsGateway => false;

    /// <summary>The one that runs; started where none does.</summary>
    public async Task<GatewayProcess> RunningAsync()
    {
        if (_process is null || _process.Process.HasExited)
        {
            _process = await GatewayProcess.StartAsync(Settings, "--urls", $"http://127.0.0.1:{Port}");
            await _process.ReadyAsync();
        }

        return _process;
    }

    /// <summary>Runs one command beside it, as the client that may manage subscriptions.</summary>
    public ProcessHandle Run(params string[] arguments)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SIRO_GATEWAY_URL"] = $"http://127.0.0.1:{Port}",
            ["SIRO_GATEWAY_API_KEY"] = GatewaySettings.WriterKey,
        };
        return GatewayProcess.Run(environment, arguments);
    }

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings) => Applications = await Subscribers.StartAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await Applications.DisposeAsync();
        await base.DisposeAsync();
    }
}
