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
        await MeetAsync(service, time, new InvalidOperationException("a bug"));
        await MeetAsync(service, time, new ProblemException(new Problem(502, "token_refused", "Siro refuses the credential.")));
        await MeetAsync(service, time, new StoreUnavailableException("The store is not reachable."));
        await MeetAsync(service, time, null);

        Assert.False(service.ExecuteTask!.IsCompleted);
        await service.StopAsync(Cancel);
        Assert.True(service.ExecuteTask.IsCompletedSuccessfully);
        Assert.True(service.Ended);
        Assert.All(logger.Lines, line => Assert.True(
            line is (LogLevel.Error, "a bug" or "Siro refuses the credential.") or (LogLevel.Debug, null)));
        Assert.Contains((LogLevel.Error, "a bug"), logger.Lines);
        Assert.Contains((LogLevel.Error, "Siro refuses the credential."), logger.Lines);
        Assert.Contains((LogLevel.Debug, null), logger.Lines);
    }

    /// <summary>
    /// Until a round has met that fault: a clock that moves before a pause has begun moves for nothing, and rounds that had begun before
    /// met another.
    /// </summary>
    private static async Task MeetAsync(Rounds service, FakeTimeProvider time, Exception? fault)
    {
        service.Fault = fault;
        while (true)
        {
            while (service.Met.Reader.TryRead(out var met))
            {
                if (ReferenceEquals(met, fault))
                {
                    return;
                }
            }

            Cancel.ThrowIfCancellationRequested();
            time.Advance(Rounds.Every);
            await Task.Yield();
        }
    }

    private sealed class Rounds(TimeProvider time, ILogger logger) : PeriodicService(time, logger)
    {
        public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
        private volatile Exception? _fault;

        public Channel<Exception?> Met { get; } = Channel.CreateUnbounded<Exception?>();

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
            Met.Writer.TryWrite(fault);
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
