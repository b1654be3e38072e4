using System.Buffers;
using System.Net;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// A spool file as the body of a PUT, with its exact length; the file may still be growing. The last 64 KiB wait for the release,
/// and go only when the bytes read have the checksum of the bytes received: an error ends in an aborted PUT, which stores nothing.
/// </summary>
/// <param name="released">Completes once the whole upload is known to be right; cancelled when it is not.</param>
internal sealed class SpoolContent(SpoolFile file, long length, Task released, PutWatch watch) : HttpContent
{
    /// <summary>What is held back.</summary>
    public const int HeldBack = 64 * 1024;

    private const int Piece = 128 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var checksum = StorageChecksum.Create();
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long sent = 0;
            while (sent < length - HeldBack)
            {
                await file.WaitForMoreAsync(sent, cancellationToken);
                var most = (int)Math.Min(Piece, length - HeldBack - sent);
                var read = file.Read(sent, buffer.AsSpan(0, most));
                checksum.Append(buffer.AsSpan(0, read));
                sent += read;
                await WriteAsync(stream, buffer.AsMemory(0, read), cancellationToken);
            }

            await released.WaitAsync(cancellationToken);
            var last = (int)(length - sent);
            for (var filled = 0; filled < last;)
            {
                var read = file.Read(sent + filled, buffer.AsSpan(filled, last - filled));
                filled += read > 0 ? read : throw new SpoolDamagedException();
            }

            checksum.Append(buffer.AsSpan(0, last));
            if (file.Length != length || checksum.GetCurrentHashAsUInt32() != file.Checksum)
            {
                throw new SpoolDamagedException();
            }

            await WriteAsync(stream, buffer.AsMemory(0, last), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            watch.Sent();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    private async ValueTask WriteAsync(Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        watch.Begin();
        await stream.WriteAsync(bytes, cancellationToken);
        watch.End(bytes.Length);
    }
}

/// <summary>The spool gave back other bytes than were put in: the disk is at fault, and nothing was stored.</summary>
internal sealed class SpoolDamagedException() : IOException("The spooled file is not what was received.");
