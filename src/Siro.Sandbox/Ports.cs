using System.Net;
using System.Net.Sockets;

namespace Siro.Sandbox;

/// <summary>Ports of 127.0.0.1.</summary>
internal static class Ports
{
    /// <summary>The wanted port, which must be free; else the preferred one if it is free; else any.</summary>
    /// <exception cref="SandboxException">The wanted port is taken.</exception>
    public static int Choose(string option, int wanted, int preferred)
    {
        if (wanted != 0)
        {
            return IsFree(wanted)
                ? wanted
                : throw new SandboxException($"Port {wanted} ({option}) is taken. Choose another with {option}.");
        }

        if (IsFree(preferred))
        {
            return preferred;
        }

        using var any = new TcpListener(IPAddress.Loopback, 0);
        any.Start();
        return ((IPEndPoint)any.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
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
