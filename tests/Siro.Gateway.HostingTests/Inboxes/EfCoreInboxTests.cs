using System.Net;
using CrmDatabase;
using CrmDatabase.Inbox;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Client.Receiving;

namespace Siro.Gateway.HostingTests.Inboxes;

/// <summary>The sample inbox that keeps memory and effect in one database.</summary>
public sealed class EfCoreInboxTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inbox-");

    [Fact]
    public async Task An_event_that_comes_again_is_acknowledged_without_a_second_effect()
    {
        var handled = 0;
        await using var application = await StartAsync(async (delivery, cancellationToken) =>
        {
            Interlocked.Increment(ref handled);
            await AddAsync(delivery, cancellationToken);
        });

        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync("e1", "r1"));
        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync("e1", "r1"));

        Assert.Equal(1, handled);
        Assert.Equal(["r1"], await WrittenAsync(application));
    }

    [Fact]
    public async Task A_handler_that_fails_after_it_has_saved_leaves_neither_effect_nor_memory()
    {
        var fails = true;
        await using var application = await StartAsync(async (delivery, cancellationToken) =>
        {
            await AddAsync(delivery, cancellationToken);
            await delivery.Services.GetRequiredService<CrmContext>().SaveChangesAsync(cancellationToken);
            if (fails)
            {
                throw new InvalidOperationException("The power went out.");
            }
        });

        Assert.Equal(HttpStatusCode.InternalServerError, await application.DeliverAsync("e1", "r1"));
        Assert.Empty(await WrittenAsync(application));
        fails = false;

        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync("e1", "r1"));
        Assert.Equal(["r1"], await WrittenAsync(application));
    }

    [Fact]
    public async Task A_second_delivery_during_the_first_is_told_to_come_again()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = await StartAsync(async (delivery, cancellationToken) =>
        {
            entered.TrySetResult();
            await leave.Task.WaitAsync(cancellationToken);
            await AddAsync(delivery, cancellationToken);
        });

        var first = application.DeliverAsync("e1", "r1");
        await entered.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await application.DeliverAsync("e1", "r1"));
        leave.SetResult();

        Assert.Equal(HttpStatusCode.NoContent, await first);
        Assert.Equal(HttpStatusCode.NoContent, await application.DeliverAsync("e1", "r1"));
        Assert.Equal(["r1"], await WrittenAsync(application));
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task<InboxApplication> StartAsync(Func<SiroEventContext, CancellationToken, Task> handle)
    {
        // SQLite locks the whole file: a second writer gives up after a second here, where another database would refuse the key at once.
        var file = Path.Combine(_folder.FullName, "crm.db");
        var application = await InboxApplication.StartAsync(
            services => services.AddDbContext<CrmContext>(options => options.UseSqlite($"Data Source={file};Default Timeout=1"))
                .UseSiroEventInbox<EfCoreInbox<CrmContext>>(),
            handle);
        await using var scope = application.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<CrmContext>().Database.EnsureCreatedAsync();
        return application;
    }

    private static async Task AddAsync(SiroEventContext delivery, CancellationToken cancellationToken) =>
        await delivery.Services.GetRequiredService<CrmContext>().Recordings
            .AddAsync(new CrmRecording { Id = delivery.Event.RecordingId! }, cancellationToken);

    private static async Task<List<string>> WrittenAsync(InboxApplication application)
    {
        await using var scope = application.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CrmContext>().Recordings.Select(r => r.Id).ToListAsync();
    }
}
