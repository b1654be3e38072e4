using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>Sends calls at a steady rate, whatever becomes of them, and remembers the answers.</summary>
internal sealed class FleetTraffic(CancellationToken cancellationToken)
{
    private readonly ConcurrentQueue<Sent> _answers = new();
    private readonly List<Task> _running = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public IReadOnlyCollection<Sent> Answers => _answers;

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>So many calls a second of one client, until the time is over or it is stopped.</summary>
    public void Send(string client, HttpClient gateway, double perSecond, TimeSpan time,
        string path = "/external/v1/core/auth/caller-identity", CancellationToken stop = default) =>
        _running.Add(Task.Run(
            async () =>
            {
                var calls = new List<Task>();
                var start = _clock.Elapsed;
                for (var n = 0; _clock.Elapsed - start < time && !stop.IsCancellationRequested; n++)
                {
                    var due = start + TimeSpan.FromSeconds(n / perSecond) - _clock.Elapsed;
                    if (due > TimeSpan.Zero)
                    {
                        await Task.Delay(due, TimeProvider.System, cancellationToken);
                    }

                    calls.Add(CallAsync(client, gateway, path));
                }

                await Task.WhenAll(calls);
            },
            cancellationToken));

    public async Task EndAsync() => await Task.WhenAll(_running);

    /// <summary>Answers 200 of a client that were sent and came between two moments.</summary>
    public int Served(string client, double from = 0, double to = double.MaxValue) =>
        _answers.Count(
            a => a.Client == client && a.Status == HttpStatusCode.OK && a.Ended.TotalSeconds >= from && a.Ended.TotalSeconds < to);

    public string Report() =>
        string.Join('\n', _answers.GroupBy(a => a.Client).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => string.Create(
        CultureInfo.InvariantCulture,
        $"{g.Key}: {string.Join(", ", g.GroupBy(a => a.Status).Select(s => $"{s.Count()} x {(int?)s.Key}"))}, longest "
            + $"{g.Max(a => (a.Ended - a.Began).TotalSeconds):0.0} s")));

    private async Task CallAsync(string client, HttpClient gateway, string path)
    {
        var began = _clock.Elapsed;
        try
        {
            using var answer = await gateway.GetAsync(path, cancellationToken);
            _answers.Enqueue(new Sent(client, began, _clock.Elapsed, answer.StatusCode));
        }
        catch (HttpRequestException)
        {
            // The replica was killed under it.
            _answers.Enqueue(new Sent(client, began, _clock.Elapsed, Status: null));
        }
    }

    internal sealed record Sent(string Client, TimeSpan Began, TimeSpan Ended, HttpStatusCode? Status);
}
