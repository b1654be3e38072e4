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
        var request = Bytes(target);
        return RunAsync(target.Address, () => request, connections, time);
    }

    /// <summary>
    /// The same at a rate: each connection waits for its next turn after an answer, and a turn that came too late is not made up for.
    /// Shows what a call takes where the contenders are not saturated.
    /// </summary>
    public async Task<LoadResult> RunAsync(LoadTarget target, int connections, TimeSpan time, double perSecond)
    {
        var request = Bytes(target);
        var interval = TimeSpan.FromSeconds(connections / perSecond);
        var clock = Stopwatch.StartNew();
        var parts = await Task.WhenAll(Enumerable.Range(0, connections).Select(n => Task.Run(async () =>
        {
            var due = interval * n / connections;
            return await KeepBusyAsync(target.Address, () => request, clock, time, async () =>
            {
                due += interval;
                if (due - clock.Elapsed is { } wait && wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, TimeProvider.System);
                }
                else
                {
                    due = clock.Elapsed;
                }
            });
        })));
        return Result(parts, clock);
    }

    /// <summary>
    /// The same with a request of its own each time; <paramref name="next"/> is called by many threads and gives null when there is no
    /// more.
    /// </summary>
    public static async Task<LoadResult> RunAsync(Uri address, Func<byte[]?> next, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var parts = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(_ => Task.Run(() => KeepBusyAsync(address, next, clock, time))));
        return Result(parts, clock);
    }

    /// <summary>True when one request is answered with 2xx.</summary>
    public static async Task<bool> AnswersAsync(LoadTarget target)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(target.Address.Host), target.Address.Port);
            await socket.SendAsync(Bytes(target));
            return await HttpAnswer.ReadAsync(socket, new byte[16 * 1024]) is >= 200 and < 300;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static byte[] Bytes(LoadTarget target) => Encoding.ASCII.GetBytes(
        $"GET {target.Address.PathAndQuery} HTTP/1.1\r\nHost: {target.Address.Authority}\r\nUser-Agent: siro-bench\r\nAccept: */*\r\n"
        + string.Concat(target.Headers.Select(header => $"{header.Key}: {header.Value}\r\n")) + "\r\n");

    private static LoadResult Result((Histogram Latencies, long Errors)[] parts, Stopwatch clock)
    {
        clock.Stop();
        var all = new Histogram();
        Array.ForEach(parts, part => all.Add(part.Latencies));
        return new LoadResult(all.Count, parts.Sum(part => part.Errors), clock.Elapsed, all.Percentile(0.5), all.Percentile(0.99));
    }

    private static async Task<(Histogram Latencies, long Errors)> KeepBusyAsync(
        Uri address, Func<byte[]?> next, Stopwatch clock, TimeSpan time, Func<Task>? turn = null)
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
                    if (turn is not null)
                    {
                        await turn();
                    }

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
