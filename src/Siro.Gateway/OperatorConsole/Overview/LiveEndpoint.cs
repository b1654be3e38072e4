using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.OperatorConsole.Sessions;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>
/// <c>GET /v1/live</c>: server-sent events that say what has changed, so that what is shown can be read again: <c>changed</c> with the
/// topics, <c>overview</c> with the overview. The id says how far the reader is; with Last-Event-ID it hears what changed meanwhile, from
/// any replica. All streams of an organization stand on the same look every two seconds.
/// </summary>
internal sealed class LiveEndpoint(
    OrganizationStates states, OverviewEndpoint overview, EventNotification notification, ConsoleSessions sessions,
    IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Most streams of this process.</summary>
    private const int Most = 300;

    /// <summary>Most streams of one client: tabs that are open.</summary>
    private const int MostOfClient = 60;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan OverviewEvery = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<ClientName, int> _ofClient = new();
    private int _streams;

    public async Task HandleAsync(HttpContext context)
    {
        var client = context.Caller().Client;
        var ofClient = _ofClient.AddOrUpdate(client, 1, static (_, n) => n + 1);
        try
        {
            if (Interlocked.Increment(ref _streams) > Most || ofClient > MostOfClient)
            {
                throw new ProblemException(new Problem(503, "too_many_streams",
                    "Too many event streams are open. Close a tab, or try again later.") { RetryAfter = TimeSpan.FromSeconds(10) });
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            try
            {
                await StreamAsync(context, new ServerSentEvents(context.Response), stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The reader has gone, or comes back to another replica.
            }
            catch (StoreUnavailableException) when (context.Response.HasStarted)
            {
                // The stream ends; the reader comes back and is told that the store is away.
            }
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
            _ofClient.AddOrUpdate(client, 0, static (_, n) => n - 1);
        }
    }

    private async Task StreamAsync(HttpContext context, ServerSentEvents events, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var seen = Seen.Parse(context.Request.Headers["Last-Event-ID"].ToString());
        var state = await states.GetAsync(caller.Organization).WaitAsync(cancellationToken);
        await events.StartAsync(cancellationToken);
        var (began, shown) = (time.GetTimestamp(), (long?)null);
        OrganizationState? before = null;
        while (time.GetElapsedTime(began) < Longest)
        {
            var next = notification.Next(caller.Organization);
            var now = new Seen(state.LastEvent, state.Registry.Version);
            var topics = before is null ? seen?.Missed(now) ?? [] : Topics(before, state);
            if (topics.Count > 0)
            {
                await events.WriteAsync("changed", now.ToString(),
                    JsonSerializer.SerializeToUtf8Bytes(new { topics }, JsonSerializerOptions.Web), cancellationToken);
            }

            if (shown is not { } at || time.GetElapsedTime(at) >= OverviewEvery)
            {
                // A session that was ended, or lost its client, sees no more of it.
                if (ConsoleSessions.Of(context) is not null && (await sessions.ReadAsync(context)).Client is null)
                {
                    return;
                }

                var answer = await overview.OfAsync(caller, cancellationToken);
                await events.WriteAsync(
                    "overview", now.ToString(), JsonSerializer.SerializeToUtf8Bytes(answer, JsonSerializerOptions.Web), cancellationToken);
                shown = time.GetTimestamp();
            }

            await events.FlushAsync(cancellationToken);
            before = state;

            // A new event is told at once, but a burst of them not more often than twice a second.
            await Task.Delay(Between, time, cancellationToken);
            await notification.WaitAsync(next, PollInterval, cancellationToken);
            state = await states.GetAsync(caller.Organization).WaitAsync(cancellationToken);
        }
    }

    private static List<string> Topics(OrganizationState before, OrganizationState now)
    {
        List<string> topics = [];
        if (before.LastEvent != now.LastEvent)
        {
            topics.Add("events");
        }

        if (before.Registry.Version != now.Registry.Version || !before.Registry.Failing.SetEquals(now.Registry.Failing))
        {
            topics.Add("subscriptions");
        }

        if (now.Deliveries.Any(d => before.Deliveries.GetValueOrDefault(d.Key) != d.Value))
        {
            topics.Add("deliveries");
        }

        var known = before.Jobs.ToDictionary(j => j.Job.Kind);
        topics.AddRange(now.Jobs
            .Where(j => j.States.Any(s => known[j.Job.Kind].States.GetValueOrDefault(s.Key) != s.Value))
            .Select(j => j.Job.Overview!.Name));
        return topics;
    }

    /// <summary>How far a reader is: the newest event and the version of the registry that it knows.</summary>
    private sealed record Seen(long Event, long Version)
    {
        public static Seen? Parse(string text) =>
            text.Split('.') is [var number, var version]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var v)
                ? new Seen(n, v)
                : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Event}.{Version}");

        /// <summary>What may have changed while it was away. Deliveries, uploads and calls have no number: they are read again.</summary>
        public List<string> Missed(Seen now) =>
            [.. new[] { Event != now.Event
                ? "events" : null, Version != now.Version ? "subscriptions" : null, "deliveries", "uploads", "calls" }.OfType<string>()];
    }
}
