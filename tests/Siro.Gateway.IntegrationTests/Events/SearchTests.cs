using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Events;

/// <summary>Finding events in a log that is longer than one step looks through.</summary>
public sealed class SearchTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task Text_types_and_recordings_of_long_ago_are_found_in_a_log_of_many_blocks()
    {
        var organization = new OrganizationKey("searched");
        await FillAsync(organization, 1700);
        await IndexAsync(organization, fence: 1);

        Assert.Equal(["e-3"], await FindAsync(organization, new() { Text = "NEEDLE-3-" }));
        Assert.Equal(["e-1699"], await FindAsync(organization, new() { Text = "needle-1699-" }));
        Assert.Equal(["e-7"], await FindAsync(organization, new() { Type = "type.of.7" }));
        Assert.Equal(["e-8"], await FindAsync(organization, new() { RecordingId = "rec-8" }));
        Assert.Empty(await FindAsync(organization, new() { RecordingId = "rec-of-nobody" }));
        Assert.Empty(await FindAsync(organization, new() { Text = "nobody wrote this" }));
        Assert.Empty(await FindAsync(organization, new() { Type = "type.of.7", Text = "needle-3-" }));

        // Too short for the signatures: looked through plainly.
        Assert.Equal(["e-42"], await FindAsync(organization, new() { Text = "-42-" }));

        // What every block holds comes newest first, page by page.
        Assert.Equal(Enumerable.Range(0, 1700).Select(i => $"e-{1699 - i}"), await FindAsync(organization, new() { Text = "needle" }));

        // Between two moments.
        var all = await FindAllAsync(organization, new() { Text = "needle" });
        Assert.Equal(["e-900"], (await FindAllAsync(organization,
            new() { Text = "needle", From = all[1699 - 900].Number, To = all[1699 - 900].Number })).Select(e => e.Id));
    }

    [Fact]
    public async Task Events_of_a_version_without_the_indexes_are_found_before_and_after_they_are_made()
    {
        var organization = new OrganizationKey("upgraded");
        await FillAsync(organization, 700);
        var store = Service<OrganizationStore>();
        await store.QueryAsync(
            organization,
            async (database, prefix) =>
            {
                for (var i = 0; i < 700; i++)
                {
                    await database.KeyDeleteAsync($"{prefix}of:rec-{i}");
                }

                return true;
            },
            Cancel);

        Assert.Equal(["e-5"], await FindAsync(organization, new() { RecordingId = "rec-5" }));
        Assert.Equal(["e-5"], await FindAsync(organization, new() { Text = "needle-5-" }));
        await IndexAsync(organization, fence: 1);
        Assert.Equal(["e-5"], await FindAsync(organization, new() { RecordingId = "rec-5" }));
        Assert.Equal(1, await store.QueryAsync(organization, (database, prefix) => database.SortedSetLengthAsync($"{prefix}of:rec-5"),
            Cancel));
    }

    [Fact]
    public async Task Another_owner_goes_on_with_the_index_and_a_late_one_is_refused()
    {
        var organization = new OrganizationKey("handed-over");
        await FillAsync(organization, 600);
        var first = await IndexAsync(organization, fence: 1);
        var second = await IndexAsync(organization, fence: 2);
        await FillAsync(organization, 1200, from: 600);
        var added = await Service<EventLog>()
            .ListAsync(organization, new() { OldestFirst = true, Limit = 1200, ScanLimit = 1200, WithBodies = true }, Cancel);

        await second.AddAsync(added.Events, Cancel);
        await first.AddAsync(added.Events, Cancel);

        Assert.True(first.IsBehind);
        Assert.False(second.IsBehind);
        Assert.Equal(["e-1100"], await FindAsync(organization, new() { Text = "needle-1100-" }));
        Assert.Equal(1200, (await FindAsync(organization, new() { Text = "needle" })).Count);
    }

    [Fact]
    public async Task Blocks_go_with_their_events()
    {
        var organization = new OrganizationKey("trimmed");
        await FillAsync(organization, 1100);
        await IndexAsync(organization, fence: 1);
        var inbox = Service<Inbox>();
        for (var batch = await inbox.NextAsync(organization, 500,
            Cancel); batch.Events.Count > 0; batch = await inbox.NextAsync(organization, 500, Cancel))
        {
            await inbox.AdvanceAsync(organization, 1, batch.RegistryVersion, batch.Events, Cancel);
        }

        var log = Service<EventLog>();
        Assert.Equal(2, await BlocksAsync());
        await log.TrimAsync(organization, TimeSpan.Zero, 0, 600, Cancel);
        Assert.Equal(1, await BlocksAsync());
        Assert.Equal(["e-700"], await FindAsync(organization, new() { Text = "needle-700-" }));
        await log.TrimAsync(organization, TimeSpan.Zero, 0, 600, Cancel);
        Assert.Equal(0, await BlocksAsync());
        Assert.Empty(await FindAsync(organization, new() { Text = "needle-700-" }));

        Task<long> BlocksAsync() => Service<OrganizationStore>()
            .QueryAsync(organization, (database, prefix) => database.SortedSetLengthAsync(prefix + "blocks"), Cancel);
    }

    private async Task FillAsync(OrganizationKey organization, int until, int from = 0)
    {
        var intake = Service<EventIntake>();
        for (var n = from; n < until; n++)
        {
            await PutAsync(n);
        }

        Task PutAsync(int n) => intake.IngestAsync(
            organization, $"e-{n}",
                Encoding.UTF8.GetBytes(
                $$"""{"eventType":"type.of.{{(n < 10 ? $"{n}" : "many")}}","recordingId":"rec-{{n}}","note":"Needle-{{n}}-"}"""), Cancel);
    }

    private async Task<SearchIndex> IndexAsync(OrganizationKey organization, long fence)
    {
        var index = new SearchIndex(Service<BlockStore>(), organization, fence);
        while (index.IsBehind)
        {
            await index.StepAsync(Cancel);
        }

        return index;
    }

    private async Task<List<string>> FindAsync(OrganizationKey organization, EventQuery query) =>
        [.. (await FindAllAsync(organization, query)).Select(e => e.Id)];

    /// <summary>Page by page to the end, as the console does.</summary>
    private async Task<List<StoredEvent>> FindAllAsync(OrganizationKey organization, EventQuery query)
    {
        var search = Service<EventSearch>();
        List<StoredEvent> found = [];
        while (true)
        {
            var page = await search.FindAsync(organization, query, Cancel);
            found.AddRange(page.Events);
            if (!page.More)
            {
                return found;
            }

            query = query with { To = page.Last - 1 };
        }
    }
}
