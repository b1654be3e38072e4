using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Events;

public sealed class EventTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    private static readonly OrganizationKey Acme = new(GatewaySettings.Organization);

    [Fact]
    public async Task Reconciliation_and_webhooks_announce_a_recording_once_between_them()
    {
        var feed = Service<IEventFeed>();
        var recording = NewId("rec-");
        Assert.False(await feed.AnnounceAsync(Acme, recording, new RecordingState(true, false), EventSource.Reconciliation, Cancel));
        Assert.True(await feed.AnnounceAsync(Acme, recording, new RecordingState(true, true), EventSource.Reconciliation, Cancel));
        Assert.False(await feed.AnnounceAsync(Acme, recording, new RecordingState(true, true), EventSource.Reconciliation, Cancel));
        var late = await EmitAsync(SiroSender.Event(recording, linked: true));
        Assert.True(await feed.AnnounceAsync(Acme, recording, new RecordingState(true, true) { Deleted = true }, EventSource.Reconciliation,
            Cancel));
        Assert.False(await feed.AnnounceAsync(Acme, recording, new RecordingState(true, true) { Deleted = true },
            EventSource.Reconciliation, Cancel));
        await ReceivedAsync("billing", r => r.Text.Contains(recording, StringComparison.Ordinal)
            && r.Text.Contains("recording.ready", StringComparison.Ordinal), "the announcement comes");
        await ReceivedAsync("billing", r => r.Id == late, "Siro's event comes");
        await ReceivedAsync("billing", r => r.Text.Contains(recording, StringComparison.Ordinal)
            && r.Text.Contains("recording.deleted", StringComparison.Ordinal), "the deletion comes");
        var ready = Assert.Single(Subscribers.At("billing"), r => r.Text.Contains(recording, StringComparison.Ordinal)
            && r.Text.Contains("recording.ready", StringComparison.Ordinal));
        Assert.Contains("\"source\":\"reconciliation\"", ready.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recordings_events_come_one_after_another_and_hold_up_no_other()
    {
        var (_, _, name) = await SubscribeAsync("lane.*", ",\"order\":\"recording\"");
        var stuck = NewId("rec-");
        var free = NewId("rec-");
        var failures = 3;
        Subscribers.Behave(name, (context, received) =>
        {
            if (received.Text.Contains(stuck, StringComparison.Ordinal) && Interlocked.Decrement(ref failures) >= 0)
            {
                context.Response.StatusCode = 500;
            }

            return Task.CompletedTask;
        });
        var wanted = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            wanted.Add(await EmitAsync($$"""{"eventType":"lane.e","recordingId":"{{stuck}}","i":{{i}}}"""));
        }

        var other = await EmitAsync($$"""{"eventType":"lane.e","recordingId":"{{free}}"}""");
        await Until.TrueAsync(() => Subscribers.At(name).Any(r => r.Id == wanted[^1]), "the last one comes");
        var received = Subscribers.At(name).ToList();
        Assert.Equal(wanted, received.Where(r => r.Text.Contains(stuck, StringComparison.Ordinal)).Select(r => r.Id).Distinct());
        Assert.Equal(4, received.Count(r => r.Id == wanted[0]));
        Assert.Contains(received, r => r.Id == other);
    }

    [Fact]
    public async Task A_rate_is_kept()
    {
        var (_, _, name) = await SubscribeAsync("rate.*", ",\"ratePerSecond\":5");
        var before = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 0; i < 12; i++)
        {
            await EmitAsync("""{"eventType":"rate.d"}""");
        }

        await Until.TrueAsync(() => Subscribers.At(name).Count == 12, "all come");

        // Five in each second: the last two belong to the third. (The store's own tests hold every second to its five.)
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(before, Subscribers.At(name).Max(r => r.At)) >= TimeSpan.FromSeconds(1.9),
            "the rate was exceeded");
    }

    [Fact]
    public async Task Concurrency_is_kept()
    {
        var (_, _, name) = await SubscribeAsync("narrow.*", ",\"concurrency\":2");
        var (now, most) = (0, 0);
        Subscribers.Behave(name, async (context, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            Interlocked.Decrement(ref now);
        });
        for (var i = 0; i < 12; i++)
        {
            await EmitAsync("""{"eventType":"narrow.d"}""");
        }

        await Until.TrueAsync(() => Subscribers.At(name).Count == 12, "all come");
        Assert.Equal(2, most);

        static void InterlockedMax(ref int target, int value)
        {
            for (int seen; (seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen;)
            {
            }
        }
    }

    [Fact]
    public async Task An_enriched_event_carries_the_recording_and_every_attempt_the_same_bytes()
    {
        var (_, _, name) = await SubscribeAsync("recording.ready", ",\"enrich\":[\"summary\",\"entityExtractions\",\"crm\"]");
        var organization = Fixture.Emulator.State.Organizations.First(o => o.Id == Fixture.Emulator.Default.Id);
        var recording = Fixture.Emulator.Recordings.AddMany(
            organization, 1, processed: true, linked: true, announce: false, spread: TimeSpan.Zero)[0];
        var failures = 0;
        Subscribers.Behave(name, (context, _) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref failures) == 1 ? 500 : 200;
            return Task.CompletedTask;
        });
        await EmitAsync(SiroSender.Event(recording.Id, linked: true));
        await Until.TrueAsync(() => Subscribers.At(name).Count == 2, "it comes twice");
        var bodies = Subscribers.At(name).Select(r => r.Text).Distinct().ToList();
        var enriched = JsonSerializer.Deserialize<JsonElement>(Assert.Single(bodies)).GetProperty("recording");
        Assert.Equal(recording.Summary[0].Content, enriched.GetProperty("summary")[0].GetProperty("content").GetString());
        Assert.Equal(JsonValueKind.Array, enriched.GetProperty("entityExtractions").ValueKind);
        Assert.Equal(JsonValueKind.Object, enriched.GetProperty("crm").ValueKind);
    }

    [Fact]
    public async Task Without_an_answer_from_siro_the_plain_event_goes_out_after_the_deadline()
    {
        var (_, _, name) = await SubscribeAsync("recording.ready", ",\"enrich\":[\"summary\"]");
        var recording = NewId("rec-unknown-");
        await EmitAsync(SiroSender.Event(recording, linked: true));
        var received = await ReceivedAsync(name, r => r.Text.Contains(recording, StringComparison.Ordinal), "the plain event comes");
        Assert.False(received.Json.TryGetProperty("recording", out _));
    }

    [Fact]
    public async Task A_siro_that_hangs_holds_nobody_up_for_longer_than_the_deadline()
    {
        var (_, _, name) = await SubscribeAsync("recording.ready", ",\"enrich\":[\"summary\"]");
        var reader =
            (await PostAsync("/v1/subscriptions", """{"pull":true,"events":["recording.ready"],"enrich":["crm"]}""", 201)).GetProperty("id")
            .GetString();
        Fixture.Emulator.Faults.Add(
            new FaultRule { Host = "external", Path = "/v1/core/recordings/rec-hang-*", Stall = TimeSpan.FromMinutes(2) });
        string[] recordings = [.. Enumerable.Range(0, 6).Select(_ => NewId("rec-hang-"))];
        foreach (var recording in recordings)
        {
            await EmitAsync(SiroSender.Event(recording, linked: true));
        }

        // One after another would be ten seconds for each.
        await Until.TrueAsync(() => recordings.All(r => Subscribers.At(name).Any(e => e.Text.Contains(r, StringComparison.Ordinal))),
            "the plain events come", TimeSpan.FromSeconds(45));
        Assert.All(recordings, recording =>
            Assert.False(Subscribers.At(name).First(e => e.Text.Contains(recording, StringComparison.Ordinal)).Json.TryGetProperty(
                "recording", out _)));
        await Until.TrueAsync(
            async () =>
                (await GetAsync($"/v1/subscriptions/{reader}/events?wait=5")).GetProperty("data").GetArrayLength() == recordings.Length,
                    "the reader gets all");
    }

    [Fact]
    public async Task Retention_takes_the_oldest_in_small_steps_and_never_what_waits()
    {
        var log = Service<EventLog>();
        var organization = new OrganizationKey("retention");
        var intake = Service<EventIntake>();
        for (var i = 0; i < 25; i++)
        {
            Assert.True(
                await intake.IngestAsync(organization, "msg_" + i, System.Text.Encoding.UTF8.GetBytes(new string('x', 1000)), Cancel));
        }

        // Nobody fans this organization out, so everything waits.
        Assert.Equal(0, (await log.TrimAsync(organization, TimeSpan.Zero, 0, 10, Cancel)).Removed);
        var inbox = Service<Inbox>();
        var batch = await inbox.NextAsync(organization, 20, Cancel);
        Assert.Equal(25, batch.Waiting);
        await inbox.AdvanceAsync(organization, 1, batch.RegistryVersion, batch.Events, Cancel);
        Assert.Equal((10, 15_000L, 15L), await log.TrimAsync(organization, TimeSpan.FromHours(1), 1000, 10, Cancel));
        Assert.Equal((10, 5_000L, 5L), await log.TrimAsync(organization, TimeSpan.FromHours(1), 1000, 10, Cancel));
        Assert.Equal(0, (await log.TrimAsync(organization, TimeSpan.FromHours(1), 1000, 10, Cancel)).Removed);
        await inbox.AdvanceAsync(organization, 2, batch.RegistryVersion, (await inbox.NextAsync(organization, 20, Cancel)).Events, Cancel);
        Assert.Equal(0, (await log.TrimAsync(organization, TimeSpan.FromHours(1), 5000, 10, Cancel)).Removed);
        Assert.Equal(5, (await log.TrimAsync(organization, TimeSpan.Zero, 5000, 10, Cancel)).Removed);

        // What is gone is still known: a late repetition is a duplicate.
        Assert.False(await intake.IngestAsync(organization, "msg_0", "x"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task A_late_owner_and_a_stale_registry_can_not_take_events_out()
    {
        var organization = new OrganizationKey("fenced");
        var inbox = Service<Inbox>();
        Assert.True(await Service<EventIntake>().IngestAsync(organization, "msg_1", "x"u8.ToArray(), Cancel));
        Assert.True(await Service<EventIntake>().IngestAsync(organization, "msg_2", "x"u8.ToArray(), Cancel));
        var batch = await inbox.NextAsync(organization, 1, Cancel);
        Assert.Equal(
            AdvanceStatus.RegistryChanged, await inbox.AdvanceAsync(organization, 7, batch.RegistryVersion + 1, batch.Events, Cancel));
        Assert.Equal(AdvanceStatus.Done, await inbox.AdvanceAsync(organization, 7, batch.RegistryVersion, batch.Events, Cancel));
        Assert.Equal(AdvanceStatus.LaterOwner, await inbox.AdvanceAsync(organization, 6, batch.RegistryVersion, batch.Events, Cancel));
        Assert.Equal("msg_2", Assert.Single((await inbox.NextAsync(organization, 9, Cancel)).Events).Id);
    }

    /// <summary>
    /// A store whose scripts are not one write (Garnet) can be killed in the middle of one: nobody got an answer, so the sender repeats.
    /// </summary>
    [Fact]
    public async Task What_a_killed_store_has_written_of_an_event_is_made_whole_by_the_repetition()
    {
        var organization = new OrganizationKey("halved");
        var intake = Service<EventIntake>();
        var body = System.Text.Encoding.UTF8.GetBytes(SiroSender.Event("rec-half", processed: true, linked: true));
        Assert.True(await intake.IngestAsync(organization, "msg_half", body, Cancel));
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(Fixture.Store.Configuration);
        var database = redis.GetDatabase();
        const string P = "sg:{hub:halved}:";
        var ids = (await database.SortedSetRangeByRankAsync(P + "log")).Select(v => (string)v!).ToList();
        Assert.Equal(["msg_half", ids[1]], ids);

        // As far as the first half: the event is written, its derived one is not, and neither is remembered.
        await database.KeyDeleteAsync([P + "seen:msg_half", P + "seen:" + ids[1], P + "ev:" + ids[1], P + "rec:rec-half"]);
        await database.SortedSetRemoveAsync(P + "log", ids[1]);
        await database.SortedSetRemoveAsync(P + "inbox", ids[1]);
        var bytes = (long)await database.HashGetAsync(P + "meta", "bytes");
        Assert.True(await intake.IngestAsync(organization, "msg_half", body, Cancel));
        Assert.False(await intake.IngestAsync(organization, "msg_half", body, Cancel));

        Assert.Equal(ids, (await database.SortedSetRangeByRankAsync(P + "log")).Select(v => (string)v!));
        Assert.Equal(ids, (await Service<Inbox>().NextAsync(organization, 9, Cancel)).Events.Select(e => e.Id));
        Assert.True((long)await database.HashGetAsync(P + "meta", "bytes") - bytes < body.Length * 2, "the event counts once");
    }

    /// <summary>Wherever the store is killed, a recording's derived event stays behind the one that it follows from.</summary>
    [Fact]
    public async Task What_a_killed_store_has_written_of_an_event_keeps_its_order_when_it_is_repeated()
    {
        var organization = new OrganizationKey("cut");
        const string P = "sg:{hub:cut}:";
        var intake = Service<EventIntake>();
        var memory = Service<EventMemory>();
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(Fixture.Store.Configuration);
        var database = redis.GetDatabase();
        Assert.True(await intake.IngestAsync(organization, "msg_first", "x"u8.ToArray(), Cancel));
        var epoch = await database.HashGetAsync(P + "meta", "epoch");
        var calls = 0;
        for (var whole = false; !whole; calls++)
        {
            var recording = "rec-cut-" + calls;
            var id = "msg_cut_" + calls;
            var body = System.Text.Encoding.UTF8.GetBytes(SiroSender.Event(recording, processed: true, linked: true));
            var derived = DerivedEvent.OfRecording(organization, EventTypes.RecordingReady, recording, new RecordingState(true, true),
                EventSource.Webhook);
            whole = await CutScript.RunAsync(database, EventScripts.Ingest, calls, [P + "meta"],
                [P, id, "t", recording, "siro", body, memory.SeenFor, memory.MarkFor, derived.Id, derived.Body, epoch]);

            await intake.IngestAsync(organization, id, body, Cancel);

            Assert.Equal([id, derived.Id], (await database.SortedSetRangeByRankAsync(P + "of:" + recording)).Select(v => (string)v!));
            Assert.Equal([id, derived.Id], (await Service<Inbox>().NextAsync(organization, 200, Cancel)).Events
                .Where(e => e.RecordingId == recording).Select(e => e.Id));
            Assert.False(await intake.IngestAsync(organization, id, body, Cancel));
        }

        Assert.True(calls > 10, $"The script has more calls than {calls}.");
    }
}
