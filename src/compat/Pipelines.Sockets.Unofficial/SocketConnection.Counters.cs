using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial;

public sealed partial class SocketConnection
{
    /// <summary>Where bytes stand right now. StackExchange.Redis prints these numbers when a command times out.</summary>
    public Counters GetCounters() => new(AvailableOnSocket(), _pump.BytesWaitingToBeRead, _pump.BytesWaitingToBeSent);

    private long AvailableOnSocket()
    {
        try
        {
            return Socket.Available;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return -1;
        }
    }

    /// <summary>A snapshot; each number is in bytes.</summary>
    public readonly struct Counters
    {
        internal Counters(long availableOnSocket, long waitingToBeRead, long waitingToBeSent)
        {
            BytesAvailableOnSocket = availableOnSocket;
            BytesWaitingToBeRead = waitingToBeRead;
            BytesWaitingToBeSent = waitingToBeSent;
        }

        /// <summary>Arrived in the kernel, not received yet; -1 once the socket is closed.</summary>
        public long BytesAvailableOnSocket { get; }

        /// <summary>Received, not consumed from Input yet.</summary>
        public long BytesWaitingToBeRead { get; }

        /// <summary>Written to Output, not sent yet.</summary>
        public long BytesWaitingToBeSent { get; }
    }
}
