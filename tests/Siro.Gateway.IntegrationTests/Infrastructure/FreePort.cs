using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// Ports for programs that can't pick their own. Another process may take one in the moment between: whoever starts a program tries again.
/// </summary>
public static class FreePort
{
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners)
            {
                listener.Start();
            }

            return [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
