using System.IO.Pipelines;
using System.Net.Sockets;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Tests.Store;

public sealed class BrokenConnectionTests
{
    [Fact]
    public async Task What_the_clients_reader_met_is_a_broken_connection()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        var met = await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Reader.ReadAsync(CancellationToken.None));
        Assert.True(BrokenConnection.Is(met));
    }

    public static TheoryData<Exception> Breaks =>
    [
        new RedisConnectionException(ConnectionFailureType.SocketFailure, "gone"),
        new RedisTimeoutException("late", CommandStatus.Sent),
        new IOException("reset"),
        new SocketException((int)SocketError.ConnectionReset),
        new ObjectDisposedException("socket"),
    ];

    [Theory, MemberData(nameof(Breaks))]
    public void So_are_the_clients_own_exceptions_and_those_of_a_stream_or_socket(Exception e) => Assert.True(BrokenConnection.Is(e));

    [Fact]
    public void A_wrong_command_and_a_fault_of_the_gateway_are_none()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => Array.Empty<int>().First());
        Assert.False(BrokenConnection.Is(fault));
        Assert.False(BrokenConnection.Is(new RedisServerException("ERR unknown command")));
        Assert.False(BrokenConnection.Is(new InvalidCastException()));
    }
}
