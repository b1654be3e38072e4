using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Uploads.Spooling;
using static Siro.Gateway.IntegrationTests.Uploads.RawCaller;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class StreamingTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>, IDisposable
{
    private const int Size = 3_000_000;

    private readonly byte[] _audio = Recordings.Wav(Size, seed: 7);
    private readonly string _title = "Title " + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly long _since = gateway.Emulator.Journal.Last;
    private readonly int _objects = gateway.Emulator.Objects.Count;

    public void Dispose() => gateway.Emulator.Faults.Clear();

    [Fact]
    public async Task The_put_runs_while_the_caller_is_still_sending_and_ends_with_it()
    {
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        var body = Whole();
        await caller.SendHeadAsync(body.Length);
        await caller.SendAsync(body.AsMemory(0, body.Length - 50_000));

        await Until.TrueAsync(() => Puts().Count == 1 && Puts()[0].BodyLength > Size / 2, "the storage has most of the bytes");
        Assert.Equal(_objects, gateway.Emulator.Objects.Count);
        await caller.SendAsync(body.AsMemory(body.Length - 50_000));
        var (status, answer, _) = await caller.AnswerAsync();

        Assert.True(status == 201, answer.ToString());
        Assert.Single(Puts());
        Assert.Single(gateway.Emulator.Journal.Read(_since, SiroHost.Platform, "/v1/core/recordings/signed-urls"));
        Assert.Equal(_audio, gateway.Emulator.Objects.Find(Made().Single().ObjectName!)!.ReadAllBytes());
    }

    [Fact]
    public async Task A_length_that_was_guessed_wrong_costs_a_second_put_and_nothing_else()
    {
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        byte[] body = [.. Part("userEmail", "rep1@example.com"), .. Part("file", _audio, "call.wav"), .. Part("title", _title), .. End];
        await caller.SendHeadAsync(body.Length);
        await caller.SendAsync(body.AsMemory(0, Size / 2));
        await Until.TrueAsync(() => Puts().Count == 1, "the PUT has begun with a length that is too long");
        await caller.SendAsync(body.AsMemory(Size / 2));

        var (status, answer, _) = await caller.AnswerAsync();

        Assert.True(status == 201, answer.ToString());
        Assert.Equal(_audio, gateway.Emulator.Objects.Find(Made().Single().ObjectName!)!.ReadAllBytes());
        Assert.Equal(_objects + 1, gateway.Emulator.Objects.Count);
    }

    [Theory]
    [InlineData("the caller goes away")]
    [InlineData("an error behind the file")]
    [InlineData("another length than announced")]
    [InlineData("another hash than announced")]
    public async Task An_error_during_the_put_ends_in_no_object_no_job_and_no_spool(string error)
    {
        using var client = gateway.CreateClient();
        var before = (await client.GetJsonAsync("/v1/uploads?limit=200")).GetProperty("data").GetArrayLength();
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        var size = error is "another length than announced" ? Size + 1 : Size;
        var digest = error is "another hash than announced"
            ? $"Content-Digest: sha-256=:{Convert.ToBase64String(new byte[32])}:\r\n"
            : null;
        byte[] tail = error is "an error behind the file" ? [.. Part("result", "won"), .. End] : End;
        byte[] body = [.. Part("userEmail", "rep1@example.com"), .. Part("title", _title),
            .. Part("fileSize", size.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            .. Part("file", _audio, "call.wav", digest), .. tail];
        await caller.SendHeadAsync(body.Length);
        await caller.SendAsync(body.AsMemory(0, body.Length - 10_000));
        await Until.TrueAsync(() => Puts().Count == 1 && Puts()[0].BodyLength > Size / 2, "the PUT is under way");
        if (error is "the caller goes away")
        {
            await caller.DisposeAsync();
        }
        else
        {
            await caller.SendAsync(body.AsMemory(body.Length - 10_000));
            Assert.Equal(422, (await caller.AnswerAsync()).Status);
        }

        await Until.TrueAsync(
            () => gateway.Spooled == 0 && Puts()[0].Aborted && gateway.Emulator.Objects.Leftovers.Count == 0, "everything is cleared away");
        Assert.Equal(_objects, gateway.Emulator.Objects.Count);
        Assert.Equal(before, (await client.GetJsonAsync("/v1/uploads?limit=200")).GetProperty("data").GetArrayLength());
        Assert.Empty(Made());
    }

    [Fact]
    public async Task A_caller_that_drops_after_the_last_byte_finds_its_recording_by_its_key()
    {
        gateway.Emulator.Faults.Add(
            new FaultRule { Host = "platform", Path = "/v1/core/recordings/signed-urls", Stall = TimeSpan.FromSeconds(1), Times = 1 });
        var body = Whole();
        await using (var caller = await ConnectAsync(gateway.Gateway.Address))
        {
            await caller.SendHeadAsync(body.Length, key: "dropped-" + _title[6..]);
            await caller.SendAsync(body);
            using var client = gateway.CreateClient();
            await Until.TrueAsync(
                async () =>
                    (await client.GetJsonAsync("/v1/uploads?idempotencyKey=dropped-" + _title[6..])).GetProperty("data")
                        .GetArrayLength() == 1,
                "the upload is stored");
        }

        await Until.TrueAsync(() => Made().Count == 1, "the upload goes on without its caller");
        await using var again = await ConnectAsync(gateway.Gateway.Address);
        await again.SendHeadAsync(body.Length, key: "dropped-" + _title[6..]);
        await again.SendAsync(body);
        var (status, answer, head) = await again.AnswerAsync();

        Assert.Equal(201, status);
        Assert.Equal(Made().Single().Id, answer.Text("recordingId"));
        Assert.Contains("Idempotency-Replayed: true", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_callers_hold_no_lease_no_storage_and_nobody_up()
    {
        var body = Whole();
        var slow = new List<RawCaller>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                var caller = await ConnectAsync(gateway.Gateway.Address);
                slow.Add(caller);
                await caller.SendHeadAsync(body.Length);
                await caller.SendAsync(body.AsMemory(0, 1000));
            }

            await Until.TrueAsync(() => gateway.Spooled == 60, "all are being received");
            using var client = gateway.CreateClient();

            var (response, answer) = await client.UploadAsync(Forms.Of(_audio, title: _title));

            Assert.True(response.StatusCode == HttpStatusCode.Created, answer.ToString());
            Assert.Single(Puts());
        }
        finally
        {
            foreach (var caller in slow)
            {
                await caller.DisposeAsync();
            }
        }

        await Until.TrueAsync(() => gateway.Spooled == 0, "the slow callers' files are gone");
    }

    [Fact]
    public async Task A_full_spool_says_when_to_come_back()
    {
        await using var small = await gateway.StartInProcessAsync(null, ("Uploads:SpoolFiles", "1"));
        await using var holder = await ConnectAsync(small.Address);
        var body = Whole();
        await holder.SendHeadAsync(body.Length);
        await holder.SendAsync(body.AsMemory(0, 1000));
        await Until.TrueAsync(() => small.Services.GetRequiredService<Spool>().Files == 1, "the holder has the only place");
        using var client = small.CreateClient();
        await Until.TrueAsync(async () => (await client.UploadAsync(Forms.Of(_audio))).Response is {
            StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null } full
            && full.Header("Siro-Gateway-Error") == "spool_full", "the spool is full");

        await holder.SendAsync(body.AsMemory(1000));

        Assert.Equal(201, (await holder.AnswerAsync()).Status);
        Assert.Equal(HttpStatusCode.Created, (await client.UploadAsync(Forms.Of(_audio))).Response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_right_digest_is_accepted_for_the_file_and_for_the_whole_content(bool ofFile)
    {
        var body = Whole();
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        await caller.SendHeadAsync(
            body.Length, more: $"Content-Digest: sha-256=:{Convert.ToBase64String(SHA256.HashData(ofFile ? _audio : body))}:\r\n");
        await caller.SendAsync(body);

        Assert.Equal(201, (await caller.AnswerAsync()).Status);
    }

    [Fact]
    public async Task The_event_stream_shows_each_step_and_ends_with_the_upload()
    {
        gateway.Emulator.Faults.Add(
            new FaultRule { Host = "platform", Path = "/v1/core/recordings/upload", Stall = TimeSpan.FromSeconds(1), Times = 1 });
        using var client = gateway.CreateClient();
        var (_, body) = await client.UploadAsync(Forms.Of(_audio, title: _title), early: true);
        var events = new List<(string Name, JsonElement Data)>();
        using var response = await client.GetAsync(
            $"/v1/uploads/{body.Text("id")}/progress", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var name = "";
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line[6..]);
                events.Add((name, data.RootElement.Clone()));
            }
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("creating", events[0].Data.Text("status"));
        Assert.Equal("end", events[^1].Name);
        Assert.Equal("created", events[^1].Data.Text("status"));
        Assert.Equal((100, Made().Single().Id), (events[^1].Data.GetProperty("percent").GetInt32(), events[^1].Data.Text("recordingId")));
    }

    [Fact]
    public async Task Each_caller_sees_its_own_uploads_and_admin_all()
    {
        using var admin = gateway.CreateClient();
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        var (_, its) = await writer.UploadAsync(Forms.Of(_audio[..50_000], title: _title));
        var (_, others) = await admin.UploadAsync(Forms.Of(_audio[..50_000], title: _title));

        Assert.Equal("created", (await writer.GetJsonAsync("/v1/uploads/" + its.Text("id"))).Text("status"));
        Assert.Equal("created", (await admin.GetJsonAsync("/v1/uploads/" + its.Text("id"))).Text("status"));
        Assert.Equal("upload_not_found", (await writer.GetJsonAsync("/v1/uploads/" + others.Text("id"))).Text("code"));
        var listed = (await writer.GetJsonAsync("/v1/uploads?status=created&limit=200")).GetProperty("data").EnumerateArray()
            .Select(u => u.Text("id")).ToList();
        Assert.Contains(its.Text("id"), listed);
        Assert.DoesNotContain(others.Text("id"), listed);
        Assert.Contains(its.Text("id"),
            (await admin.GetJsonAsync("/v1/uploads?limit=200")).GetProperty("data").EnumerateArray().Select(u => u.Text("id")));
        using var retry = await writer.PostAsync($"/v1/uploads/{others.Text("id")}/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, retry.StatusCode);
        Assert.Equal("invalid_query", (await admin.GetJsonAsync("/v1/uploads?limit=0&status=lost&cursor=x")).Text("code"));
    }

    private byte[] Whole() =>
        [.. Part("userEmail", "rep1@example.com"), .. Part("title", _title), .. Part("file", _audio, "call.wav"), .. End];

    private IReadOnlyList<Siro.Emulator.Journal.JournalEntry> Puts() => gateway.Emulator.Journal.Read(_since, SiroHost.Storage);

    private IReadOnlyList<Siro.Emulator.Recordings.Recording> Made() =>
        [.. gateway.Emulator.State.Recordings.All.Where(r => r.Title == _title)];
}
