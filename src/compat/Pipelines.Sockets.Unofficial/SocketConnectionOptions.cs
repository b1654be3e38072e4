namespace Pipelines.Sockets.Unofficial;

/// <summary>How a <see cref="SocketConnection"/> uses its socket. StackExchange.Redis passes <see cref="None"/>, so there is nothing else.</summary>
[Flags]
public enum SocketConnectionOptions
{
    /// <summary>The default.</summary>
    None = 0,
}
