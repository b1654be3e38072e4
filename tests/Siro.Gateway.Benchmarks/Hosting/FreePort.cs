using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>For programs that can't be told to pick a port themselves.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task UntilItAnswersAsync(int port, string program)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 500; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        throw new BenchmarkException($"{program} did not answer on port {port} within 10 seconds.");
    }
}
