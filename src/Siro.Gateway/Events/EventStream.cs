using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>Server-sent events until the reader goes, the process stops, or the subscription is no longer the caller's to read.</summary>
internal sealed class EventStream(
    SubscriptionAccess access, PullReader reader, EventNotification notification, TimeProvider time, Caller caller,
    Subscription subscription, long from, CancellationToken stopping) : IResult
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        var stream = new ServerSentEvents(httpContext.Response);
        try
        {
            await stream.StartAsync(stop.Token);
            await SendAsync(stream, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader has gone, or comes back to another replica.
        }
        catch (StoreUnavailableException)
        {
            // The stream ends; the reader continues with Last-Event-ID.
        }
    }

    private async Task SendAsync(ServerSentEvents stream, CancellationToken cancellationToken)
    {
        var cursor = from;
        var written = time.GetTimestamp();
        while (await CurrentAsync(cancellationToken) is { } current)
        {
            var next = notification.Next(current.Organization);
            var page = await reader.ReadAsync(current, cursor, 100, cancellationToken);
            foreach (var (e, body) in page.Events)
            {
                var number = e.Number.ToString(CultureInfo.InvariantCulture);
                await stream.WriteAsync(e.Type, number, PullJson.Event(e, body), cancellationToken);
            }

            cursor = page.Cursor;
            if (page.Events.Count > 0 || time.GetElapsedTime(written) >= Heartbeat)
            {
                await stream.KeepAliveAsync(cancellationToken);
                written = time.GetTimestamp();
            }

            if (!page.More)
            {
                await notification.WaitAsync(next, PollInterval, cancellationToken);
            }
        }
    }

    private async Task<Subscription?> CurrentAsync(CancellationToken cancellationToken)
    {
        try
        {
            var current = await access.FindQuicklyAsync(caller, subscription.Id.Value, cancellationToken);
            return current is { IsPull: true, Enabled: true } ? current : null;
        }
        catch (ProblemException)
        {
            return null;
        }
    }
}
