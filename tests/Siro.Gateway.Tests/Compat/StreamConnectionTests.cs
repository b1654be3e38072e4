using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

public sealed class StreamConnectionTests
{
    [Fact]
    public async Task Five_megabytes_cross_TLS_in_both_directions_at_once()
    {
        var (near, far) = await ConnectTlsAsync();
        await using var other = far;
        var pipe = StreamConnection.GetDuplex(near);
        using var connection = (IDisposable)pipe;
        var (there, back) = (SocketPair.Bytes(5_000_001), SocketPair.Bytes(5_000_002));

        var receiving = Task.Run(async () =>
        {
            var into = new byte[there.Length];
            await other.ReadExactlyAsync(into);
            return into;
        });
        var sending = Task.Run(async () => await other.WriteAsync(back));
        var reading = pipe.Input.ReadAsync(back.Length);
        await pipe.Output.WriteAsync(there);

        Assert.Equal(back, await reading);
        Assert.Equal(there, await receiving.WaitAsync(SocketPair.Patience));
        await sending;
        var measured = Assert.IsAssignableFrom<IMeasuredDuplexPipe>(pipe);
        Assert.Equal(there.Length, measured.TotalBytesSent);
        Assert.Equal(back.Length, measured.TotalBytesReceived);
    }

    [Fact]
    public async Task The_streams_end_completes_the_input()
    {
        var (near, far) = await ConnectTlsAsync();
        var pipe = StreamConnection.GetDuplex(near);
        using var connection = (IDisposable)pipe;

        await far.WriteAsync("bye"u8.ToArray());
        await far.ShutdownAsync();
        await far.DisposeAsync();

        Assert.Equal("bye"u8.ToArray(), await pipe.Input.ReadToEndAsync());
    }

    [Fact]
    public async Task Disposal_wakes_a_pending_reader_and_closes_the_stream()
    {
        var (near, far) = await ConnectTlsAsync();
        await using var other = far;
        var pipe = StreamConnection.GetDuplex(near);
        var reading = pipe.Input.ReadToEndAsync();

        ((IDisposable)pipe).Dispose();

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading);
        await ((StreamConnection.Duplex)pipe).Completion.WaitAsync(SocketPair.Patience);
        Assert.False(near.CanWrite);
    }

    [Fact]
    public async Task A_reset_under_TLS_is_told_to_the_reader()
    {
        var (near, socket) = await SocketPair.ConnectSocketsAsync();
        var pipe = StreamConnection.GetDuplex(new NetworkStream(near, ownsSocket: true));
        using var connection = (IDisposable)pipe;

        socket.LingerState = new LingerOption(true, 0);
        socket.Close();

        await Assert.ThrowsAsync<ConnectionResetException>(() => pipe.Input.ReadToEndAsync());
    }

    [Fact]
    public async Task A_reader_leaves_its_stream_open()
    {
        var bytes = SocketPair.Bytes(100_000);
        using var stream = new MemoryStream(bytes);

        var reader = StreamConnection.GetReader(stream, PipeOptions.Default, "file");

        Assert.Equal(bytes, await reader.ReadToEndAsync());
        await reader.CompleteAsync();
        Assert.True(stream.CanRead);
    }

    [Fact]
    public void A_stream_of_one_direction_is_no_duplex() =>
        Assert.Throws<InvalidOperationException>(() => StreamConnection.GetDuplex(new MemoryStream([], writable: false)));

    private static async Task<(SslStream Near, SslStream Far)> ConnectTlsAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var (near, far) = await SocketPair.ConnectSocketsAsync();
        var client = new SslStream(new NetworkStream(near, ownsSocket: true));
        var server = new SslStream(new NetworkStream(far, ownsSocket: true));
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(certificate),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true }));
        return (client, server);
    }
}
