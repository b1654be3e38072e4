using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A network between two programs that a test makes slow, or takes away: it passes bytes on as they come.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly int _target;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private TcpListener _listener;
    private Task _serving;
    private long _delayMs;
    private (byte[] Text, TaskCompletionSource Cut)? _awaited;

    private TcpRelay(TcpListener listener, int target)
    {
        (_listener, _target) = (listener, target);
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _serving = ServeAsync(listener);
    }

    public int Port { get; }

    /// <summary>Each piece waits this long on its way, in both directions.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromMilliseconds(Interlocked.Read(ref _delayMs));
        set => Interlocked.Exchange(ref _delayMs, (long)value.TotalMilliseconds);
    }

    public static TcpRelay To(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new TcpRelay(listener, port);
    }

    /// <summary>Nobody listens any more, and what was open is cut.</summary>
    public async Task CutAsync()
    {
        _listener.Dispose();
        await _serving;
        foreach (var client in _open.Keys)
        {
            client.Dispose();
        }
    }

    /// <summary>
    /// Is cut when somebody sends this text, after it was passed on and in front of its answer; <see cref="Restore"/> it afterwards.
    /// </summary>
    public async Task CutInFrontOfAnswerAsync(string text)
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited = (Encoding.UTF8.GetBytes(text), cut);
        await cut.Task;
        await CutAsync();
    }

    /// <summary>On the same port again.</summary>
    public void Restore()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _serving = ServeAsync(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await CutAsync();
        _end.Dispose();
    }

    private async Task ServeAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(_end.Token);
                _ = PassAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Cut, or the test has ended.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            (_open[client], _open[server]) = (0, 0);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                var passed = new TaskCompletionSource<TaskCompletionSource>();
                await Task.WhenAny(CopyAsync(client, server, passed, answers: false), CopyAsync(server, client, passed, answers: true));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side is not there either.
            }

            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
        }
    }

    /// <param name="passed">Is done when the text was passed on whose answer is to be lost; what it brings is told of the loss.</param>
    private async Task CopyAsync(TcpClient from, TcpClient to, TaskCompletionSource<TaskCompletionSource> passed, bool answers)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var read)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, TimeProvider.System, _end.Token);
                }

                if (answers && passed.Task.IsCompletedSuccessfully)
                {
                    passed.Task.Result.TrySetResult();
                    return;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
                if (!answers && _awaited is { } awaited && buffer.AsSpan(0, read).IndexOf(awaited.Text) >= 0)
                {
                    _awaited = null;
                    passed.TrySetResult(awaited.Cut);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One side has gone: the other is told by the end of its connection.
        }
    }
}
