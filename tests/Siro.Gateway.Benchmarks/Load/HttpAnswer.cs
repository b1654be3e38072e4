using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.Benchmarks.Load;

/// <summary>Reads one small HTTP/1.1 answer off a socket: one at a time, no pipelining, so nothing comes after it.</summary>
internal static class HttpAnswer
{
    /// <summary>The status code. The answer must fit <paramref name="buffer"/>.</summary>
    public static async ValueTask<int> ReadAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None);
            if (count == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            length += count;
            if (IsWhole(buffer.AsSpan(0, length)))
            {
                return ((buffer[9] - '0') * 100) + ((buffer[10] - '0') * 10) + buffer[11] - '0';
            }

            if (length == buffer.Length)
            {
                throw new BenchmarkAnswerException("An answer does not fit the load generator's buffer.");
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var headers = answer[..end];
        var body = answer[(end + 4)..];
        for (var line = headers.IndexOf("\r\n"u8); line >= 0;)
        {
            var rest = headers[(line + 2)..];
            var next = rest.IndexOf("\r\n"u8);
            var header = next < 0 ? rest : rest[..next];
            if (Ascii.EqualsIgnoreCase(header[..Math.Min(header.Length, 15)], "content-length:"u8))
            {
                return body.Length >= int.Parse(header[15..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }

            if (Ascii.EqualsIgnoreCase(header[..Math.Min(header.Length, 18)], "transfer-encoding:"u8))
            {
                return body.EndsWith("0\r\n\r\n"u8);
            }

            line = next < 0 ? -1 : line + 2 + next;
        }

        return true;
    }
}

/// <summary>An answer that the load generator can't read.</summary>
internal sealed class BenchmarkAnswerException(string message) : Exception(message);
