using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Siro.Gateway.Client.Receiving;

namespace CrmDatabase.Inbox;

/// <summary>An event that was handled. Delete those that are older than the gateway repeats and replays (its log's retention).</summary>
internal sealed class InboxEntry
{
    public required string EventId { get; init; }

    public required DateTimeOffset HandledAt { get; init; }
}

/// <summary>
/// Remembers events in the database that holds their effect, in one transaction: after a crash at any moment, both are there or neither.
/// The handler uses the same <typeparamref name="TContext"/> (the request's) and need not save.
/// </summary>
internal sealed class EfCoreInbox<TContext>(TContext database, TimeProvider time) : ISiroEventInbox
    where TContext : DbContext
{
    public async Task<SiroInboxOutcome> HandleOnceAsync(
        SiroEventContext context, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        await using var transaction = await ClaimAsync(context.Event.Id, cancellationToken);
        if (transaction is null)
        {
            return await database.Set<InboxEntry>().AnyAsync(e => e.EventId == context.Event.Id, cancellationToken)
                ? SiroInboxOutcome.Duplicate
                : SiroInboxOutcome.Busy;
        }

        await handle(cancellationToken);
        await database.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return SiroInboxOutcome.Handled;
    }

    /// <summary>The transaction that has inserted the event's key; null where another has or is about to.</summary>
    private async Task<IDbContextTransaction?> ClaimAsync(string eventId, CancellationToken cancellationToken)
    {
        IDbContextTransaction? transaction = null;
        try
        {
            transaction = await database.Database.BeginTransactionAsync(cancellationToken);
            database.Add(new InboxEntry { EventId = eventId, HandledAt = time.GetUtcNow() });
            await database.SaveChangesAsync(cancellationToken);
            return transaction;
        }
        catch (Exception e) when (e is DbUpdateException or DbException)
        {
            // The key is taken, or its place is locked by a delivery beside this one (SQLite: the whole file). The gateway sends the
            // event again,
            // and by then it is known how that ended. What else a database may refuse, the question that follows runs into again.
            if (transaction is not null)
            {
                await transaction.DisposeAsync();
            }

            database.ChangeTracker.Clear();
            return null;
        }
    }
}
