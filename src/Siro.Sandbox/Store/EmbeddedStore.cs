using System.Globalization;
using System.Net.Sockets;
using Siro.Sandbox.Processes;

namespace Siro.Sandbox.Store;

/// <summary>
/// Garnet: speaks Redis's protocol, needs nothing but .NET, and commits its log before it answers. With its storage tier on:
/// without it, what no longer fits into the memory is dropped without a word.
/// </summary>
internal static class EmbeddedStore
{
    public static async Task<ChildProcess> StartAsync(int port, string folder, string logFile, Watchdog watchdog, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var store = ChildProcess.Start("The store", Paths.GarnetServer,
        [
            "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--lua", "--lua-transaction-mode", "--aof", "--aof-commit-wait", "--device-type", "RandomAccess",
            "--checkpointdir", folder, "--recover", "--storage-tier", "--logdir", Path.Combine(folder, "log"), "--memory", "256m",
            "--index", "16m", "--aof-memory", "128m",

            // More than there will be connections: docs/redis.md.
            "--minthreads", "256",
        ], logFile, watchdog);
        try
        {
            await store.ReadyAsync(token => AnswersAsync(port, token), TimeSpan.FromSeconds(30), cancel);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancel)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancel);
            var stream = client.GetStream();
            await stream.WriteAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray(), cancel);
            var answer = new byte[7];
            return await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancel) == answer.Length
                && answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
