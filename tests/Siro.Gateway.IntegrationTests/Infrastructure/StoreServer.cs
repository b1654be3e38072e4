using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// A store that a test owns: <see cref="RedisServer"/>, <see cref="GarnetServer"/> or <see cref="RedisCluster"/>.
/// It keeps its data over <see cref="KillAsync"/> and <see cref="RestartAsync"/>.
/// </summary>
public abstract class StoreServer : IAsyncDisposable
{
    /// <summary>For <c>Redis:Configuration</c>.</summary>
    public abstract string Configuration { get; }

    /// <summary>
    /// The same for gateways whose tests are about something else than how fast the store answers: every write waits for the disk, and
    /// a disk that others write to takes longer than the product's second now and then, which is 503 for whoever sent it.
    /// </summary>
    public virtual string LenientConfiguration => Configuration;

    /// <summary>SIGKILL to every process of the store.</summary>
    public abstract Task KillAsync();

    /// <summary>Starts it again on the same addresses and data; returns when it takes writes.</summary>
    public abstract Task RestartAsync();

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public abstract void Pause();

    /// <summary>SIGCONT.</summary>
    public abstract void Resume();

    public abstract ValueTask DisposeAsync();

    /// <summary>Why redis-server can't be used here, or null. Use with <c>Assert.SkipWhen</c>.</summary>
    public static string? RedisMissing { get; } = RedisServer.Find() is null
        ? "redis-server is not installed: 'apt-get install redis-server' (Debian, Ubuntu) or 'brew install redis'"
        : null;

    /// <summary>Starts a program on ports that were free a moment ago; tries others when it does not come up.</summary>
    protected static async Task<T> StartAsync<T>(int ports, Func<int[], Task<T?>> start)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await start(FreePort.Take(ports)) is { } started)
            {
                return started;
            }

            if (attempt == 4)
            {
                throw new InvalidOperationException("The store did not start in four attempts.");
            }
        }
    }

    /// <summary>
    /// Whether the server on this port answers the inline command with the text, before the process ends or 20 s are over.
    /// </summary>
    protected static async Task<bool> AnswersAsync(ProcessHandle process, int port, string command, string expected)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!process.HasExited && !timeout.IsCancellationRequested)
        {
            try
            {
                if ((await AskAsync(port, command, timeout.Token)).Contains(expected, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // Not up yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return false;
    }

    /// <summary>One inline command on a connection of its own; the answer's first bytes.</summary>
    protected static async Task<string> AskAsync(int port, string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        var stream = client.GetStream();
        var words = command.Split(' ');
        var request = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            request.Append($"${word.Length}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.ToString()), cancellationToken);
        var buffer = new byte[16 * 1024];
        var length = await stream.ReadAsync(buffer, cancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
