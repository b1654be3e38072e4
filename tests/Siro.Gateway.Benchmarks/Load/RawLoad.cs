using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.Benchmarks.Load;

/// <summary>
/// HTTP/1.1 over plain sockets: the request's bytes are made once, the answer is read as far as its length needs.
/// Costs a fraction of HttpClient, so that more of the machine is left to what is measured.
/// </summary>
internal sealed class RawLoad : ILoad
{
    public string Name => "built-in raw-socket load generator";

    public Task<LoadResult> RunAsync(LoadTarget target, int connections, TimeSpan time)
    {
        var request = Encoding.ASCII.GetBytes(
            $"GET {target.Address.PathAndQuery} HTTP/1.1\r\nHost: {target.Address.Authority}\r\nUser-Agent: siro-bench\r\nAccept: */*\r\n"
            + string.Concat(target.Headers.Select(header => $"{header.Key}: {header.Value}\r\n")) + "\r\n");
        return RunAsync(target.Address, () => request, connections, time);
    }

    /// <summary>The same with a request of its own each time; <paramref name="next"/> is called by many threads and gives null when there is no more.</summary>
    public static async Task<LoadResult> RunAsync(Uri address, Func<byte[]?> next, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var parts = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => KeepBusyAsync(address, next, clock, time))));
        clock.Stop();
        var all = new Histogram();
        Array.ForEach(parts, part => all.Add(part.Latencies));
        return new LoadResult(all.Count, parts.Sum(part => part.Errors), clock.Elapsed, all.Percentile(0.5), all.Percentile(0.99));
    }

    private static async Task<(Histogram Latencies, long Errors)> KeepBusyAsync(Uri address, Func<byte[]?> next, Stopwatch clock, TimeSpan time)
    {
        var latencies = new Histogram();
        var errors = 0L;
        var buffer = new byte[16 * 1024];
        var request = next();
        while (clock.Elapsed < time && request is not null)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
                for (; clock.Elapsed < time && request is not null; request = next())
                {
                    var start = clock.Elapsed;
                    await socket.SendAsync(request);
                    if (await HttpAnswer.ReadAsync(socket, buffer) is >= 200 and < 300)
                    {
                        latencies.Add(clock.Elapsed - start);
                    }
                    else
                    {
                        errors++;
                    }
                }
            }
            catch (SocketException)
            {
                errors++;
            }
        }

        return (latencies, errors);
    }
}
