using System.Buffers;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>
/// The shared array pool for one pipe of one connection, with one difference: what is out when the connection ends is
/// left to the garbage collector.
/// </summary>
/// <remarks>
/// StackExchange.Redis completes its ends of the pipes from whichever thread pubSub that the connection is gone, while
/// another may still be parsing a received buffer or writing a command. A pipe whose ends are both complete returns
/// its buffers at once, and that other thread would read or write memory that somebody else has rented meanwhile.
/// </remarks>
internal sealed class AbandoningPool : MemoryPool<byte>
{
    private const int DefaultSize = 4096;

    private volatile bool _abandoned;
    private int _out;

    public override int MaxBufferSize => Shared.MaxBufferSize;

    /// <summary>Buffers rented and not given back.</summary>
    internal int Out => Volatile.Read(ref _out);

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref _out);
        return new Lease(this, ArrayPool<byte>.Shared.Rent(minBufferSize == -1 ? DefaultSize : minBufferSize));
    }

    /// <summary>Buffers that come back from now on are not reused. Call before the second end of the pipe completes.</summary>
    public void Abandon() => _abandoned = true;

    protected override void Dispose(bool disposing) => Abandon();

    private sealed class Lease(AbandoningPool pool, byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? _array = array;

        public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(Lease));

        public void Dispose()
        {
            var array = Interlocked.Exchange(ref _array, null);
            if (array is null)
            {
                return;
            }

            Interlocked.Decrement(ref pool._out);
            if (!pool._abandoned)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }
    }
}
