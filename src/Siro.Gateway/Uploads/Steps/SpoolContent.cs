using System.Buffers;
using System.Net;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// A spool file as the body of a PUT, with its exact length; the file may still be growing. The last 64 KiB wait for the release, and the
/// end of them for the bytes read to have the checksum of the bytes received: an error ends in an aborted PUT, which stores nothing.
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
            using var reader = file.Read();
            var early = length - HeldBack;
            for (long sent = 0; sent < length;)
            {
                // Whole pieces: waking up for each packet that arrives would cost more than it brings.
                var held = sent >= early;
                var end = held ? length : Math.Min(early, sent + Piece);
                await (held ? Released(reader, cancellationToken) : reader.WaitForAsync(end, cancellationToken));
                var bytes = reader.Bytes(sent, (int)(end - sent), buffer);
                checksum.Append(bytes.Span);
                sent += bytes.Length > 0 ? bytes.Length : throw new SpoolDamagedException();
                if (sent == length && checksum.GetCurrentHashAsUInt32() != reader.Checksum)
                {
                    throw new SpoolDamagedException();
                }

                await WriteAsync(stream, bytes, cancellationToken);
            }

            await stream.FlushAsync(cancellationToken);
            watch.Sent();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The upload is right, and the file is the one that was announced.</summary>
    private async ValueTask Released(SpoolReader reader, CancellationToken cancellationToken)
    {
        await released.WaitAsync(cancellationToken);
        if (reader.Length != length)
        {
            throw new SpoolDamagedException();
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
