using CrmDatabase.Inbox;
using Microsoft.EntityFrameworkCore;

namespace CrmDatabase;

/// <summary>The application's own tables, and the inbox beside them.</summary>
internal sealed class CrmContext(DbContextOptions<CrmContext> options) : DbContext(options)
{
    public DbSet<CrmRecording> Recordings => Set<CrmRecording>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<InboxEntry>().HasKey(e => e.EventId);
}

internal sealed class CrmRecording
{
    public required string Id { get; init; }

    public string? Rep { get; init; }
}
