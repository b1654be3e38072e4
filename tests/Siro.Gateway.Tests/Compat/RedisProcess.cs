using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.Tests.Compat;

/// <summary>A redis-server of the test's own, on a free port, in a directory that goes away.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compat-redis-");
    private Process? _process;

    private RedisProcess(int port) => Port = port;

    public int Port { get; }

    private static string? Program => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server"))
        .FirstOrDefault(File.Exists);

    public static async Task<RedisProcess> StartAsync()
    {
        Assert.SkipUnless(Program is not null, "redis-server is not installed. On Debian: apt-get install redis-server.");
        var redis = new RedisProcess(FreePort());
        await redis.RunAsync();
        return redis;
    }

    public async Task RunAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program!)
        {
            ArgumentList = { "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _directory.FullName, "--save", "", "--appendonly", "yes", "--appendfsync", "always" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        await SocketPair.UntilAsync(Answers, "redis-server answers");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
