namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// This side closed the connection under a pending operation. Readers get it instead of a clean end, so that a cut
/// stream is never taken for a whole one.
/// </summary>
public sealed class ConnectionAbortedException : IOException
{
    /// <summary>An abort without words.</summary>
    public ConnectionAbortedException()
        : this("The connection was closed by this side.")
    {
    }

    /// <summary>An abort, told in words.</summary>
    public ConnectionAbortedException(string message)
        : base(message)
    {
    }

    /// <summary>An abort with its cause.</summary>
    public ConnectionAbortedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
