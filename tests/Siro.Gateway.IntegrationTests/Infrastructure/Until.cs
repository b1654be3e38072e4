using System.Diagnostics;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>Waiting for something to become true, with a deadline that names what was waited for.</summary>
public static class Until
{
    /// <summary>Four times a job's lease: by then another worker has taken up a job that lost its lease on an overloaded machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Looks until the condition holds. Fails the test with <paramref name="what"/> at the deadline (60 s unless told).</summary>
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, within);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, TimeSpan?)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null) =>
        await GetAsync<object>(async () => await condition() ? true : null, what, within);

    /// <summary>Looks until there is something, and answers with it.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> find, string what, TimeSpan? within = null)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await find() is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(started) > (within ?? Deadline))
            {
                Assert.Fail($"Waited {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s in vain until {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
