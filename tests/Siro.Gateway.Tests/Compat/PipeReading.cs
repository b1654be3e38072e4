using System.Buffers;
using System.IO.Pipelines;

namespace Siro.Gateway.Tests.Compat;

internal static class PipeReading
{
    /// <summary>Reads exactly <paramref name="count"/> bytes.</summary>
    public static async Task<byte[]> ReadAsync(this PipeReader reader, int count)
    {
        var result = await reader.ReadAtLeastAsync(count).AsTask().WaitAsync(SocketPair.Patience);
        var bytes = result.Buffer.Slice(0, count).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>Reads until the stream ends, or throws what ended it.</summary>
    public static async Task<byte[]> ReadToEndAsync(this PipeReader reader)
    {
        using var into = new MemoryStream();
        await reader.CopyToAsync(into).WaitAsync(SocketPair.Patience);
        return into.ToArray();
    }
}
