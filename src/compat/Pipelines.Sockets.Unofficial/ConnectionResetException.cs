namespace Pipelines.Sockets.Unofficial;

/// <summary>The other side reset the connection. The inner exception is the socket's own.</summary>
public sealed class ConnectionResetException : IOException
{
    /// <summary>A reset without words.</summary>
    public ConnectionResetException()
    {
    }

    /// <summary>A reset, told in words.</summary>
    public ConnectionResetException(string message)
        : base(message)
    {
    }

    /// <summary>A reset with the socket's exception.</summary>
    public ConnectionResetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
