using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Uploads;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class IdempotencyTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>
{
    private static readonly byte[] Audio = Recordings.Wav(30_000);

    private readonly string _title = "Title " + Guid();

    [Fact]
    public async Task A_repeat_gets_the_first_status_and_body_and_makes_nothing()
    {
        using var client = gateway.CreateClient();
        var key = Guid();

        var (first, body) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);
        var (second, again) = await client.UploadAsync(Forms.Of(Audio, title: _title), $"\"{key}\"");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal(body.ToString(), again.ToString());
        Assert.Null(first.Header("Idempotency-Replayed"));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(1, Made());
        Assert.Equal(body.Text("id"), (await client.GetJsonAsync("/v1/uploads?idempotencyKey=" + key)).GetProperty("data")[0].Text("id"));
        Assert.Equal(
            body.Text("id"), (await client.GetJsonAsync($"/v1/uploads?idempotencyKey=%22{key}%22")).GetProperty("data")[0].Text("id"));
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day_from_its_upload()
    {
        using var client = gateway.CreateClient();
        await client.UploadAsync(Forms.Of(Audio, title: _title), Guid());

        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration);
        var kept = new List<TimeSpan?>();
        await foreach (var key in redis.GetServers()[0].KeysAsync(pattern: "sg:{uploads:key:*"))
        {
            kept.Add(await redis.GetDatabase().KeyTimeToLiveAsync(key));
        }

        Assert.NotEmpty(kept);
        Assert.All(kept, k => Assert.InRange(k!.Value, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24)));
    }

    [Fact]
    public async Task Other_content_under_the_same_key_is_refused()
    {
        using var client = gateway.CreateClient();
        var key = Guid();
        await client.UploadAsync(Forms.Of(Audio, title: _title), key);

        var (otherTitle, problem) = await client.UploadAsync(Forms.Of(Audio, title: _title + "!"), key);
        var (otherFile, _) = await client.UploadAsync(Forms.Of(Recordings.Wav(30_000, seed: 2), title: _title), key);

        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (otherTitle.StatusCode, otherFile.StatusCode));
        Assert.Equal("idempotency_mismatch", problem.Text("code"));
        Assert.Equal(1, Made());
    }

    [Fact]
    public async Task Without_a_key_nothing_is_guessed_and_keys_are_each_clients_own()
    {
        using var client = gateway.CreateClient();
        using var other = gateway.CreateClient(GatewaySettings.WriterKey);
        var key = Guid();

        await client.UploadAsync(Forms.Of(Audio, title: _title));
        await client.UploadAsync(Forms.Of(Audio, title: _title));
        await client.UploadAsync(Forms.Of(Audio, title: _title), key);
        var (response, _) = await other.UploadAsync(Forms.Of(Audio, title: _title), key);

        Assert.Null(response.Header("Idempotency-Replayed"));
        Assert.Equal(4, Made());
    }

    [Fact]
    public async Task Many_at_once_with_one_key_make_one_recording_and_get_one_answer()
    {
        using var client = gateway.CreateClient();
        var key = Guid();
        gateway.Emulator.Faults.Add(new FaultRule { Name = _title, Host = "platform", Path = "/v1/core/recordings/upload",
            Stall = TimeSpan.FromMilliseconds(500), Times = 1 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.UploadAsync(Forms.Of(Audio, title: _title), key)));

        Assert.All(answers, a => Assert.True(a.Response.StatusCode == HttpStatusCode.Created, a.Body.ToString()));
        Assert.Single(answers.Select(a => a.Body.ToString()).Distinct());
        Assert.Single(answers, a => a.Response.Header("Idempotency-Replayed") is null);
        Assert.Equal(1, Made());
    }

    [Fact]
    public async Task A_repeat_that_has_waited_long_enough_is_told_to_come_back()
    {
        await using var impatient = await gateway.StartInProcessAsync(
            builder =>
                builder.Services.AddSingleton(
                    new UploadTimings { RepeatWait = TimeSpan.FromMilliseconds(500), RepeatPoll = TimeSpan.FromMilliseconds(50) }));
        using var client = impatient.CreateClient();
        var key = Guid();
        gateway.Emulator.Faults.Add(new FaultRule { Name = _title, Host = "platform", Path = "/v1/core/recordings/upload",
            Stall = TimeSpan.FromSeconds(2), Times = 1 });
        var first = client.UploadAsync(Forms.Of(Audio, title: _title), key);
        await Until.TrueAsync(async () => (await client.GetJsonAsync("/v1/uploads?idempotencyKey=" + key)).GetProperty(
            "data").GetArrayLength() == 1, "the first is under way");

        var (second, problem) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal("upload_in_progress", problem.Text("code"));
        Assert.Equal(HttpStatusCode.Created, (await first).Response.StatusCode);
        Assert.Equal(1, Made());
    }

    [Fact]
    public async Task A_refusal_of_siro_is_repeated_too_and_siro_is_not_asked_again()
    {
        using var client = gateway.CreateClient();
        var key = Guid();
        gateway.Emulator.Faults.Add(new FaultRule
        {
            Host = "platform",
            Path = "/v1/core/recordings/upload",
            Times = 1,
            Status = 422,
            Body = """{"issues":[{"code":"custom","path":["userEmail"],"message":"No such user"}],"name":"ZodError"}""",
        });

        var (first, body) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);
        var since = gateway.Emulator.Journal.Last;
        var (second, again) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (first.StatusCode, second.StatusCode));
        Assert.Equal("siro_rejected", body.Text("code"));
        Assert.Equal("No such user", body.GetProperty("issues")[0].Text("message"));
        Assert.Equal(body.Text("uploadId"), again.Text("uploadId"));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Empty(gateway.Emulator.Journal.Read(since, SiroHost.Platform));
        Assert.Equal(0, Made());
    }

    [Fact]
    public async Task An_upload_that_failed_because_siro_was_away_is_begun_anew_by_its_repeat()
    {
        using var client = gateway.CreateClient();
        gateway.Gateway.Change(("Uploads:RetryFor", "00:00:01"));
        var key = Guid();
        gateway.Emulator.Faults.Add(
            new FaultRule { Name = _title, Host = "platform", Path = "/v1/core/recordings/signed-urls", Status = 503 });

        var (first, body) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);
        gateway.Emulator.Faults.Clear(_title);
        var (second, _) = await client.UploadAsync(Forms.Of(Audio, title: _title), key);
        gateway.Gateway.Change(("Uploads:RetryFor", "00:00:20"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal("siro_unavailable", body.Text("code"));
        Assert.NotNull(first.Headers.RetryAfter);
        Assert.Equal(1, Made());
    }

    [Fact]
    public async Task An_early_answer_is_repeated_as_it_was()
    {
        using var client = gateway.CreateClient();
        var key = Guid();

        var (first, body) = await client.UploadAsync(Forms.Of(Audio, title: _title), key, early: true);
        await Until.TrueAsync(() => Made() == 1, "the recording is made");
        await Until.TrueAsync(
            async () => (await client.GetJsonAsync("/v1/uploads/" + body.Text("id"))).Text("status") == "created", "the upload ends");
        var (second, again) = await client.UploadAsync(Forms.Of(Audio, title: _title), key, early: true);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, second.StatusCode));
        Assert.Equal("respond-async", first.Header("Preference-Applied"));
        Assert.Equal("stored", body.Text("status"));
        Assert.False(body.TryGetProperty("recordingId", out _));
        Assert.Equal(body.ToString(), again.ToString());
        Assert.Equal(1, Made());
    }

    private int Made() => gateway.Emulator.State.Recordings.All.Count(r => r.Title.StartsWith(_title, StringComparison.Ordinal));

    private static string Guid() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
}
