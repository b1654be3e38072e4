using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>What a reader gets: events with their bodies as delivered, and where it stands after them.</summary>
/// <param name="Cursor">Of the last event looked at, whether or not it was the reader's.</param>
/// <param name="More">There is more at once.</param>
internal sealed record PullPage(IReadOnlyList<(StoredEvent Event, ReadOnlyMemory<byte> Body)> Events, long Cursor, bool More);

/// <summary>
/// Reads the log for a subscription without an endpoint. Numbers are given out in the script that stores the event, so a cursor
/// never passes one that comes later; nothing is copied for readers, so one that never comes costs nothing.
/// </summary>
internal sealed class PullReader(EventLog log, OrganizationStore store, EventBody bodies)
{
    /// <summary>Steps through events that are not the reader's before it is given an empty page with a cursor.</summary>
    private const int MostSteps = 10;

    /// <summary>The highest cursor: there is an event's number after it.</summary>
    public const long MostCursor = long.MaxValue - 1;

    /// <summary>Where the subscription stands: what it acknowledged last, else its beginning.</summary>
    public async Task<long> CursorAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(EventScripts.Cursor, subscription.Organization, [subscription.Id.Value], cancellationToken);
        return EventLog.Number(answer[1]);
    }

    /// <summary>
    /// Moves the cursor forward, or with <paramref name="back"/> wherever asked; answers where it stands. As durable as an acknowledged
    /// event.
    /// </summary>
    public async Task<long> MoveAsync(Subscription subscription, long to, bool back, CancellationToken cancellationToken)
    {
        var answer =
            (string)(await store.CommitAsync(EventScripts.Ack, subscription.Organization,
            [subscription.Id.Value, Math.Max(0, to), back ? 1 : 0], cancellationToken))!;
        return answer.Length > 0
            ? long.Parse(answer, System.Globalization.CultureInfo.InvariantCulture)
            : throw new ProblemException(new Problem(404, "subscription_not_found", "The subscription was removed."));
    }

    /// <summary>The events after <paramref name="cursor"/>.</summary>
    public async Task<PullPage> ReadAsync(Subscription subscription, long cursor, int limit, CancellationToken cancellationToken)
    {
        var found = new List<(StoredEvent, ReadOnlyMemory<byte>)>();
        for (var step = 0; step < MostSteps; step++)
        {
            var page = await log.ListAsync(
                subscription.Organization,
                new EventQuery { From = cursor + 1, OldestFirst = true, Limit = limit - found.Count, ScanLimit = 200, WithBodies = true },
                cancellationToken);
            foreach (var e in page.Events)
            {
                if (subscription.Takes(e.Type) && (subscription.Filter?.Matches(Payload.Parse(e.Body)) ?? true))
                {
                    var body = await bodies.GetAsync(subscription, e, cancellationToken);
                    if (body.Wait is not null)
                    {
                        // Not enriched yet: what comes after it waits, too, because a reader takes the log in order.
                        return new PullPage(found, cursor, More: false);
                    }

                    if (body.Bytes is { } bytes)
                    {
                        found.Add((e, bytes));
                    }
                }

                cursor = e.Number;
            }

            if (!page.More || found.Count >= limit)
            {
                return new PullPage(found, cursor, page.More);
            }
        }

        return new PullPage(found, cursor, More: true);
    }
}
