using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Common;

public sealed class PeriodicServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_round_that_fails_is_told_and_the_next_one_comes()
    {
        var (time, logger) = (new FakeTimeProvider(), new Told());
        using var service = new Rounds(time, logger);
        await service.StartAsync(Cancel);
        await service.Ran.Reader.ReadAsync(Cancel);

        service.Fault = new InvalidOperationException("a bug");
        await NextAsync(service, time);
        service.Fault = new StoreUnavailableException("The store is not reachable.");
        await NextAsync(service, time);
        service.Fault = null;
        await NextAsync(service, time);

        Assert.False(service.ExecuteTask!.IsCompleted);
        Assert.All(logger.Lines, line => Assert.True(line is (LogLevel.Error, "a bug") or (LogLevel.Debug, null)));
        Assert.Contains((LogLevel.Error, "a bug"), logger.Lines);
        Assert.Contains((LogLevel.Debug, null), logger.Lines);

        await service.StopAsync(Cancel);
        Assert.True(service.ExecuteTask.IsCompletedSuccessfully);
        Assert.True(service.Ended);
    }

    /// <summary>A clock that moves before the pause has begun moves for nothing: so until the round is heard of.</summary>
    private static async Task NextAsync(Rounds service, FakeTimeProvider time)
    {
        var next = service.Ran.Reader.ReadAsync(Cancel).AsTask();
        while (!next.IsCompleted)
        {
            time.Advance(Rounds.Every);
            await Task.Yield();
        }

        await next;
    }

    private sealed class Rounds(TimeProvider time, ILogger logger) : PeriodicService(time, logger)
    {
        public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
        private volatile Exception? _fault;

        public Channel<int> Ran { get; } = Channel.CreateUnbounded<int>();

        public Exception? Fault
        {
            get => _fault;
            set => _fault = value;
        }

        public bool Ended { get; private set; }

        protected override TimeSpan Pause => Every;

        protected override Task RoundAsync(CancellationToken stoppingToken)
        {
            var fault = Fault;
            Ran.Writer.TryWrite(0);
            return fault is null ? Task.CompletedTask : Task.FromException(fault);
        }

        protected override Task EndAsync()
        {
            Ended = true;
            return Task.CompletedTask;
        }
    }

    private sealed class Told : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string? Exception)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, exception?.Message));
    }
}
