using System.Collections.Concurrent;
using System.Diagnostics;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>
/// A subscriber that answers at once, or holds its answers back until it is let go. Notes when each event's first byte came.
/// </summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly WebApplication _app;
    private TaskCompletionSource _open = new();
    private int _count;

    private Subscriber()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(TakeAsync);
        _open.SetResult();
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>Requests taken so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>First byte of each event, by its id, as <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public ConcurrentDictionary<string, long> Arrivals { get; } = new(StringComparer.Ordinal);

    public static async Task<Subscriber> StartAsync()
    {
        var subscriber = new Subscriber();
        await subscriber._app.StartAsync();
        return subscriber;
    }

    /// <summary>Answers nobody until the result is called.</summary>
    public Action Hold()
    {
        _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _open.SetResult;
    }

    /// <summary>Waits until <paramref name="count"/> requests were taken.</summary>
    public async Task ReachAsync(int count, TimeSpan patience)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        var start = Stopwatch.GetTimestamp();
        while (Count < count)
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                throw new Hosting.BenchmarkException($"{Count} of {count} deliveries came within {patience.TotalSeconds:N0} s.");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        if (context.Request.Headers["webhook-id"] is [{ } id])
        {
            Arrivals.TryAdd(id, arrived);
        }

        await context.Request.Body.CopyToAsync(Stream.Null);
        await _open.Task;
        Interlocked.Increment(ref _count);
    }
}
