using System.IO.Pipelines;
using Pipelines.Sockets.Unofficial.Pumping;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Streams as pipes. StackExchange.Redis takes this way for TLS.</summary>
public static class StreamConnection
{
    /// <summary>
    /// A duplex stream as a pair of pipes. The answer is also <see cref="IMeasuredDuplexPipe"/> and <see cref="IDisposable"/>;
    /// its disposal disposes of the stream.
    /// </summary>
    public static IDuplexPipe GetDuplex(Stream stream, PipeOptions? sendPipeOptions = null, PipeOptions? receivePipeOptions = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanWrite)
        {
            throw new InvalidOperationException("The stream must be readable and writable.");
        }

        return new Duplex(stream, sendPipeOptions ?? PipeOptions.Default, receivePipeOptions ?? PipeOptions.Default, name);
    }

    /// <summary>A readable stream as a pipe. Completing the reader leaves the stream open.</summary>
    public static PipeReader GetReader(Stream stream, PipeOptions? pipeOptions = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var options = pipeOptions ?? PipeOptions.Default;
        return PipeReader.Create(stream, new StreamPipeReaderOptions(options.Pool, options.MinimumSegmentSize, leaveOpen: true));
    }

    internal sealed class Duplex(Stream stream, PipeOptions send, PipeOptions receive, string? name) : IMeasuredDuplexPipe, IDisposable
    {
        private readonly DuplexPump _pump = new(new StreamTransport(stream), send, receive);

        public PipeReader Input => _pump.Input;

        public PipeWriter Output => _pump.Output;

        public long TotalBytesSent => _pump.BytesSent;

        public long TotalBytesReceived => _pump.BytesReceived;

        /// <summary>Ends when both directions have ended; never fails.</summary>
        internal Task Completion => _pump.Completion;

        public void Dispose() => _pump.Dispose();

        public override string ToString() => name ?? nameof(StreamConnection);
    }
}
