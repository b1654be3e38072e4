using System.Net;

namespace Siro.Sandbox.Demo;

/// <summary>A file as a request's body; says how far it has come.</summary>
internal sealed class ProgressContent(byte[] bytes, Action<long, long> progress) : HttpContent
{
    private const int Step = 16 * 1024;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var at = 0; at < bytes.Length; at += Step)
        {
            var length = Math.Min(Step, bytes.Length - at);
            await stream.WriteAsync(bytes.AsMemory(at, length));
            progress(at + length, bytes.Length);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
