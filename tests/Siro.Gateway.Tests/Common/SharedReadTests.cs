using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class SharedReadTests
{
    private readonly FakeTimeProvider _time = new();
    private int _reads;

    [Fact]
    public async Task All_who_ask_in_the_same_moment_get_one_read()
    {
        var shared = new SharedRead<string, int>(TimeSpan.FromSeconds(2), _time);
        for (var round = 1; round <= 50; round++)
        {
            using var together = new Barrier(8);
            var threads = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait(TestContext.Current.CancellationToken);
                    return shared.GetAsync("acme", CountAsync);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap());
            Assert.All(await Task.WhenAll(threads), n => Assert.Equal(round, n));
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task A_read_is_kept_for_as_long_as_it_is_fresh_and_each_key_has_its_own()
    {
        var shared = new SharedRead<string, int>(TimeSpan.FromSeconds(2), _time);
        Assert.Equal(1, await shared.GetAsync("acme", CountAsync));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(1, await shared.GetAsync("acme", CountAsync));
        Assert.Equal(2, await shared.GetAsync("other", CountAsync));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(3, await shared.GetAsync("acme", CountAsync));
    }

    [Fact]
    public async Task A_failed_read_is_not_kept()
    {
        var shared = new SharedRead<string, int>(TimeSpan.FromSeconds(2), _time);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => shared.GetAsync("acme", _ => Task.FromException<int>(new InvalidOperationException())));
        Assert.Equal(1, await shared.GetAsync("acme", CountAsync));
    }

    private Task<int> CountAsync(string key) => Task.FromResult(Interlocked.Increment(ref _reads));
}
