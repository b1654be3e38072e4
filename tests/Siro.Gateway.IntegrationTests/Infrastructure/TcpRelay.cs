using System.Collections.Concurrent;
using System.Globalization;
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

    /// <summary>In front of a store of one server.</summary>
    public static TcpRelay To(StoreServer store) =>
        To(int.Parse(store.Configuration.AsSpan(store.Configuration.LastIndexOf(':') + 1), CultureInfo.InvariantCulture));

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
                var passed = new TaskCompletionSource<Loss>();
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

    /// <param name="passed">Is done when the text is here whose answer is to be lost.</param>
    private async Task CopyAsync(TcpClient from, TcpClient to, TaskCompletionSource<Loss> passed, bool answers)
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
                    // Perhaps the answer to something before it: not until the text itself is on its way.
                    await passed.Task.Result.PassedOn.Task;
                    passed.Task.Result.Cut.TrySetResult();
                    return;
                }

                // From here on no answer comes back: one that is faster than this method would be passed on otherwise.
                Loss? loss = null;
                if (!answers && _awaited is { } awaited && buffer.AsSpan(0, read).IndexOf(awaited.Text) >= 0)
                {
                    _awaited = null;
                    loss = new Loss(awaited.Cut, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                    passed.TrySetResult(loss);
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
                loss?.PassedOn.TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One side has gone: the other is told by the end of its connection.
        }
    }

    /// <summary>An answer that is to be lost.</summary>
    /// <param name="Cut">Is done when it has come, and went no further.</param>
    /// <param name="PassedOn">Is done when its request is on its way.</param>
    private sealed record Loss(TaskCompletionSource Cut, TaskCompletionSource PassedOn);
}
