using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Budget;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Budget;

/// <summary>Waiting for a slot, in one replica; the store is the test's.</summary>
public sealed class TokenBudgetTests : IDisposable
{
    private static readonly BudgetRule Rule = new(10, 60_000, TimeSpan.FromSeconds(10), 0, QueueLength: 3);

    private readonly FakeTimeProvider _clock = new();
    private readonly FakeStore _store = new();
    private readonly Fleet _fleet = new("one", TimeSpan.FromSeconds(30));
    private readonly TokenBudget _token;

    public TokenBudgetTests()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        _token = new TokenBudget(
            "token", Rule,
            new FleetLink(_fleet, _store, new StoreClock(_clock), new BudgetMetrics(meters, _fleet), NullLogger<FleetLink>.Instance));
    }

    private static CancellationToken Stopped => TestContext.Current.CancellationToken;

    public void Dispose() => _token.Dispose();

    [Fact]
    public async Task Past_its_place_in_the_queue_a_call_is_refused_at_once_and_told_when_to_come_back()
    {
        var waiting = Enumerable.Range(0, 3).Select(_ => AcquireAsync("client")).ToArray();
        var e = await Assert.ThrowsAsync<ProblemException>(() => AcquireAsync("client"));
        Assert.Equal((429, "budget_exhausted"), (e.Problem.Status, e.Problem.Code));
        Assert.True(e.Problem.RetryAfter > TimeSpan.Zero);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));

        // Another client's queue is its own.
        Assert.False(AcquireAsync("other").IsCompleted);
    }

    [Fact]
    public async Task After_the_time_to_wait_a_call_is_refused_and_its_place_is_free()
    {
        var waiting = AcquireAsync("client");
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        var e = await Assert.ThrowsAsync<ProblemException>(() => waiting);
        Assert.Equal((429, "budget_exhausted"), (e.Problem.Status, e.Problem.Code));

        var next = Enumerable.Range(0, 3).Select(_ => AcquireAsync("client")).ToArray();
        Assert.All(next, w => Assert.False(w.IsFaulted));
    }

    [Fact]
    public async Task A_call_whose_caller_leaves_is_gone_and_the_one_behind_it_gets_the_slot()
    {
        var calls = _store.Next();
        using var caller = new CancellationTokenSource();
        var first = AcquireAsync("client", caller.Token);
        var second = AcquireAsync("client");
        var third = AcquireAsync("client");
        var call = await calls;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        // One slot: for the second, not for the dead one at the head.
        _store.Answer(call, granted: 1);
        await (await second)!.DisposeAsync();
        Assert.False(third.IsCompleted);
        Assert.Equal(1, (await _store.Next()).Flows.Single().Waiting);
    }

    [Fact]
    public async Task A_slot_that_was_granted_to_a_caller_who_left_goes_to_the_next()
    {
        var calls = _store.Next();
        using var caller = new CancellationTokenSource();
        var first = AcquireAsync("client", caller.Token);
        var call = await calls;

        // Leaves while the grant is on its way.
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _store.Answer(call, granted: 1);
        await Wait(() => AcquireAsync("client"));
    }

    [Fact]
    public async Task The_end_gives_back_what_is_held_and_not_used()
    {
        var calls = _store.Next();
        var first = AcquireAsync("client");
        var call = await calls;
        _store.Answer(call, granted: 1, block: 5);
        var slot = (await first)!;
        Assert.False(_token.Leave());
        var last = await _store.Next();
        Assert.Equal((1, 0), (last.Held, last.Wish));
        slot.Answered();
        _store.Answer(last, granted: 0);
        last = await _store.Next();
        Assert.Equal((0, 1L), (last.Held, last.Told));
        _store.Answer(last, granted: 0);
        await Wait(() => Task.FromResult(_token.Leave() ? _token : null));
    }

    private async Task<IBudgetSlot?> AcquireAsync(string client, CancellationToken caller = default) =>
        await _token.AcquireAsync(new ClientName(client), FlowClass.Interactive, 1, Rule, Rule.MaxWait, caller);

    private static async Task Wait<T>(Func<Task<T?>> find)
        where T : class
    {
        while (await find() is null)
        {
            await Task.Yield();
        }

        Stopped.ThrowIfCancellationRequested();
    }

    /// <summary>Answers what the test tells it, when it tells it.</summary>
    private sealed class FakeStore : IBudgetStore
    {
        private readonly System.Threading.Channels.Channel<BudgetCall> _calls = System.Threading.Channels.Channel
            .CreateUnbounded<BudgetCall>();
        private readonly Dictionary<long, TaskCompletionSource<BudgetReply>> _answers = [];

        public Task<BudgetCall> Next() => _calls.Reader.ReadAsync(Stopped).AsTask();

        public Task<BudgetReply> ExchangeAsync(BudgetCall call, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<BudgetReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_answers)
            {
                _answers[call.Sequence] = answer;
            }

            _calls.Writer.TryWrite(call);
            return answer.Task;
        }

        public void Answer(BudgetCall call, int granted, int block = 0)
        {
            lock (_answers)
            {
                _answers[call.Sequence].SetResult(new BudgetReply(
                    ReplyKind.Ok, "epoch", 1, 0, 0, 0, block, Pressed: false, -1,
                    [.. call.Flows.Select(_ => new FlowReply(granted, granted, 10))]));
            }
        }

        public Task<HeartbeatReply> HeartbeatAsync(string epoch, bool away, long beats, bool leave, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<long> CloseAsync(string token, BudgetRule rule, TimeSpan? retryAfter, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
