using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>
/// Listens to a server's commands (MONITOR), so that the very call that the gateway makes can be repeated by redis-benchmark.
/// </summary>
internal static class RedisMonitor
{
    /// <summary>The first command that <paramref name="wanted"/> takes, while <paramref name="cause"/> runs.</summary>
    public static async Task<IReadOnlyList<string>> CatchAsync(int port, Func<IReadOnlyList<string>, bool> wanted, Func<Task> cause)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await stream.WriteAsync("MONITOR\r\n"u8.ToArray());
        await reader.ReadLineAsync(); // +OK
        await cause();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            // +1700000000.123456 [0 127.0.0.1:5555] "EVAL" "..." ; what a script calls has [0 lua] instead.
            var from = line.IndexOf("] \"", StringComparison.Ordinal);
            if (from > 0 && !line.AsSpan(0, from).EndsWith(" lua") && Words(line.AsSpan(from + 2)) is var command && wanted(command))
            {
                return command;
            }
        }

        throw new BenchmarkException("redis-server closed the connection that listened to it.");
    }

    private static List<string> Words(ReadOnlySpan<char> line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inside = false;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '"' when inside:
                    words.Add(word.ToString());
                    word.Clear();
                    inside = false;
                    break;
                case '"':
                    inside = true;
                    break;
                case '\\' when line[i + 1] == 'x':
                    word.Append((char)int.Parse(line.Slice(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 3;
                    break;
                case '\\':
                    i++;
                    word.Append(line[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'a' => '\a', 'b' => '\b', var other => other });
                    break;
                default:
                    if (inside)
                    {
                        word.Append(line[i]);
                    }

                    break;
            }
        }

        return words;
    }
}
