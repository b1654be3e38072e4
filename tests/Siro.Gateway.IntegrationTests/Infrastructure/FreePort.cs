using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// Ports for programs that can't pick their own, and ports at which nothing listens. They lie below those that systems give out by
/// themselves, so that neither a server on port 0 nor a client's connection takes one in the moment between, and a test that sends to a
/// closed port reaches nobody else's server. One process gives each once before it begins again. Another test process may still take one.
/// </summary>
public static class FreePort
{
    private const int First = 12_000;
    private const int Count = 18_000;
    private static int _taken = Random.Shared.Next(Count);

    public static int[] Take(int count)
    {
        List<int> ports = [];
        for (var tried = 0; ports.Count < count; tried++)
        {
            if (tried == Count)
            {
                throw new InvalidOperationException($"No {count} ports are free between {First} and {First + Count}.");
            }

            var port = First + ((Interlocked.Increment(ref _taken) & int.MaxValue) % Count);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
