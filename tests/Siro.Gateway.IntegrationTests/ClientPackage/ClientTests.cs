using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Siro.Emulator.Hosting;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Calls;
using Siro.Gateway.Client.Links;
using Siro.Gateway.Client.Subscriptions;
using Siro.Gateway.Client.Uploads;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;
using TestAudio = Siro.Gateway.IntegrationTests.Uploads.Recordings;

namespace Siro.Gateway.IntegrationTests.ClientPackage;

public sealed class ClientTests(ClientFixture gateway) : IClassFixture<ClientFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static UploadMetadata Metadata =>
        new() { UserEmail = "rep1@example.com", Title = "Roof quote",
            DateCreated = new DateTimeOffset(2026, 3, 1, 14, 30, 0, TimeSpan.Zero) };

    [Fact]
    public async Task The_caller_is_told_who_it_is()
    {
        await using var services = gateway.Services(GatewaySettings.WriterKey);

        var me = await services.GetRequiredService<SiroGatewayClient>().GetMeAsync(Cancellation);

        Assert.Equal("writer", me.Client);
        Assert.Equal("acme", me.Organization);
        Assert.Contains("uploads:write", me.Permissions);
        Assert.Equal(gateway.Emulator.Default.UserId, me.ActingUser);
        Assert.True(me.Budget!.Organization.Limit > 0);
    }

    [Fact]
    public async Task A_recording_is_uploaded_with_progress_and_can_be_followed()
    {
        await using var services = gateway.Services();
        var client = services.GetRequiredService<SiroGatewayClient>();
        var call = TestAudio.Call("mp3");
        var progress = new Steps();

        var result = await client.Uploads.UploadAsync(
            new MemoryStream(call), "call.mp3", Metadata, new UploadOptions { Progress = progress }, Cancellation);

        Assert.Equal("created", result.Status);
        Assert.Equal(TestAudio.Sha256(call), result.Sha256);
        Assert.Equal("Roof quote", gateway.Emulator.State.Recordings.Find(result.RecordingId!)!.Title);
        Assert.Equal(new UploadProgress(call.Length, call.Length), progress.Seen[^1]);
        Assert.Equal(progress.Seen.Select(s => s.BytesSent).Order(), progress.Seen.Select(s => s.BytesSent));
        var view = await client.Uploads.GetAsync(result.Id, Cancellation);
        Assert.Equal((result.RecordingId, "call.mp3", 100), (view.RecordingId, view.FileName, view.Percent));
        var followed = await client.Uploads.FollowAsync(result.Id, Cancellation).ToListAsync(Cancellation);
        Assert.Equal("created", followed[^1].Status);
        Assert.Contains(await client.Uploads.ListAsync(cancellationToken: Cancellation).ToListAsync(Cancellation), u => u.Id == result.Id);
    }

    [Fact]
    public async Task A_broken_upload_is_sent_again_under_its_key_and_makes_one_recording()
    {
        var breaking = new BreakingHandler(failures: 2);
        await using var services = gateway.Services(handler: breaking, change: o => o.MaxRetryDelay = TimeSpan.FromMilliseconds(50));
        var call = TestAudio.Call("wav");
        var before = gateway.Emulator.State.Recordings.All.Count(r => r.Title == "Broken twice");

        var result = await services.GetRequiredService<SiroGatewayClient>().Uploads.UploadAsync(
            new MemoryStream(call), "call.wav", Metadata with { Title = "Broken twice" }, cancellationToken: Cancellation);

        Assert.Equal("created", result.Status);
        Assert.Equal(3, breaking.Keys.Count);
        Assert.Single(breaking.Keys.Distinct());
        Assert.Equal(result.IdempotencyKey, breaking.Keys[0]);
        Assert.Equal(before + 1, gateway.Emulator.State.Recordings.All.Count(r => r.Title == "Broken twice"));
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing_and_can_be_sent_again_under_its_key()
    {
        await using var services = gateway.Services();
        var client = services.GetRequiredService<SiroGatewayClient>();
        var call = TestAudio.Wav(3_000_000);
        using var cancel = new CancellationTokenSource();
        var options = new UploadOptions { IdempotencyKey = "cancelled-1", Progress = new Canceller(cancel, 1_000_000) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.Uploads.UploadAsync(new MemoryStream(call), "call.wav", Metadata, options, cancel.Token));

        Assert.Empty(
            await client.Uploads.ListAsync(idempotencyKey: "cancelled-1", cancellationToken: Cancellation).ToListAsync(Cancellation));
        var again = await client.Uploads.UploadAsync(
            new MemoryStream(call), "call.wav", Metadata, options with { Progress = null }, Cancellation);
        Assert.Equal("created", again.Status);
        Assert.False(again.IsReplayed);
        Assert.True((await client.Uploads.UploadAsync(new MemoryStream(call), "call.wav", Metadata, options with { Progress = null },
            Cancellation)).IsReplayed);
    }

    [Fact]
    public async Task A_refusal_has_its_code_its_fields_and_the_trace()
    {
        await using var services = gateway.Services();

        var e = await Assert.ThrowsAsync<SiroGatewayException>(() => services.GetRequiredService<SiroGatewayClient>().Uploads.UploadAsync(
            new MemoryStream(TestAudio.Call("mp3")), "call.mp3", new UploadMetadata { UserEmail = "no address" },
            cancellationToken: Cancellation));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, SiroGatewayErrorCodes.InvalidMetadata), (e.Status, e.Code));
        Assert.Contains(e.Errors, f => f is { Field: "userEmail", Code: "invalid_email" });
        Assert.NotNull(e.TraceId);
        Assert.False(e.IsTransient);
    }

    [Fact]
    public async Task A_missing_permission_and_an_unknown_key_have_their_codes()
    {
        await using var reader = gateway.Services(GatewaySettings.ReaderKey);
        await using var unknown = gateway.Services("sgw_nobody-knows-this-key-00000000000000000000000");

        var forbidden = await Assert.ThrowsAsync<SiroGatewayException>(
            () => reader.GetRequiredService<SiroGatewayClient>().Calls.GetAsync("call_1", Cancellation));
        var unauthorized = await Assert.ThrowsAsync<SiroGatewayException>(
            () => unknown.GetRequiredService<SiroGatewayClient>().GetMeAsync(Cancellation));

        Assert.Equal(SiroGatewayErrorCodes.PermissionMissing, forbidden.Code);
        Assert.Equal("calls:write", forbidden.Body.GetProperty("permission").GetString());
        Assert.Equal(SiroGatewayErrorCodes.UnknownApiKey, unauthorized.Code);
    }

    [Fact]
    public async Task Siros_own_error_is_told_from_the_gateways()
    {
        await using var services = gateway.Services();

        var e = await Assert.ThrowsAsync<SiroApiException>(() => services.GetRequiredService<SiroGatewayClient>().External.GetAsync(
            "/v1/core/users/not-there", TestJson.Default.JsonElement, Cancellation));

        Assert.Equal(HttpStatusCode.NotFound, e.Status);
    }

    [Fact]
    public async Task Siros_lists_are_read_page_by_page_as_the_acting_user()
    {
        await using var services = gateway.Services();
        var client = services.GetRequiredService<SiroGatewayClient>();

        var users = await client.External.ListAsync("/v1/core/users?pageSize=2", TestJson.Default.SiroPageJsonElement, Cancellation)
            .ToListAsync(Cancellation);

        Assert.Equal(gateway.Users.Count, users.Select(u => u.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(gateway.Users[1], (await client.ForUser(gateway.Users[1]).GetMeAsync(Cancellation)).ActingUser);
    }

    [Fact]
    public async Task A_call_is_taken_once_by_its_source_id()
    {
        await using var services = gateway.Services();
        var calls = services.GetRequiredService<SiroGatewayClient>().Calls;
        var request = new CallRequest
        {
            RecordingUrl = new Uri("http://127.0.0.1:9/call.mp3"),
            StartedAt = new DateTimeOffset(2026, 2, 15, 14, 0, 0, TimeSpan.Zero),
            SourceId = "client-package-1",
            Rep = new CallRep { UserId = gateway.Users[0] },
        };

        var first = await calls.CreateAsync(request, Cancellation);
        var again = await calls.CreateAsync(request, Cancellation);

        Assert.Equal(first.Id, again.Id);
        Assert.Equal("client-package-1", (await calls.GetAsync(first.Id, Cancellation)).SourceId);
        Assert.Contains(await calls.ListAsync(cancellationToken: Cancellation).ToListAsync(Cancellation), c => c.Id == first.Id);
    }

    [Fact]
    public async Task Events_of_a_subscription_that_is_read_come_in_order_and_are_acknowledged()
    {
        await using var services = gateway.Services();
        var client = services.GetRequiredService<SiroGatewayClient>();
        var subscription = await client.Subscriptions.CreateAsync(
            new SubscriptionRequest { Pull = true, Events = ["integrations.*"] }, Cancellation);
        using var siro = gateway.CreateClient(null);
        for (var i = 0; i < 5; i++)
        {
            (await siro.PostWebhookAsync($"msg_client{i}", SiroSender.Event($"client-rec-{i}"))).EnsureSuccessStatusCode();
        }

        var events = await client.Subscriptions.ReadAsync(subscription.Id, cancellationToken: Cancellation).Take(5)
            .ToListAsync(Cancellation);
        await client.Subscriptions.AcknowledgeAsync(subscription.Id, events[2].Cursor, Cancellation);
        var rest = await client.Subscriptions.ReadAsync(subscription.Id, cancellationToken: Cancellation).Take(2).ToListAsync(Cancellation);

        Assert.Equal([.. Enumerable.Range(0, 5).Select(i => $"msg_client{i}")], events.Select(e => e.Id));
        Assert.Equal(["msg_client3", "msg_client4"], rest.Select(e => e.Id));
        Assert.Equal("client-rec-3", rest[0].Payload!.Value.GetProperty("recordingId").GetString());
        var logged = await client.Events.GetAsync("msg_client3", Cancellation);
        Assert.Equal("client-rec-3", logged.RecordingId);
        await client.Subscriptions.DeleteAsync(subscription.Id, Cancellation);
        Assert.Equal(SiroGatewayErrorCodes.SubscriptionNotFound,
            (await Assert.ThrowsAsync<SiroGatewayException>(() => client.Subscriptions.GetAsync(subscription.Id, Cancellation))).Code);
    }

    [Fact]
    public async Task Engagements_are_synced_as_a_stream_with_a_result_each()
    {
        await using var services = gateway.Services();

        var results = await services.GetRequiredService<SiroGatewayClient>().Sync.EngagementsAsync(Items(), dryRun: true, Cancellation)
            .ToListAsync(Cancellation);

        Assert.Equal(["synced", "rejected"], results.Select(r => r.Status));
        Assert.Equal("stream-1", results[0].ExternalId);
        Assert.NotEmpty(results[1].Issues);

        static async IAsyncEnumerable<JsonElement> Items()
        {
            await Task.Yield();
            yield return JsonSerializer.Deserialize<JsonElement>(
                """{"externalId":"stream-1","startTime":"2026-02-15T14:00:00Z","endTime":"2026-02-15T15:00:00Z","subject":"Kitchen","engagementType":{"activityType":"MEETING","name":"meeting"},"engagementUsers":[{"externalId":"rep-123","email":"rep@example.com","name":"Rep"}]}""");
            yield return JsonSerializer.Deserialize<JsonElement>("""{"externalId":"stream-2","startTime":"no date"}""");
        }
    }

    [Fact]
    public async Task A_deep_link_is_made_and_its_broken_rules_are_named()
    {
        await using var services = gateway.Services();
        var links = services.GetRequiredService<SiroGatewayClient>().Links;

        var link = await links.RecordAsync(new RecordLinkRequest { Action = "start", Title = "Kitchen & bath" }, Cancellation);
        var e = await Assert.ThrowsAsync<SiroGatewayException>(
            () => links.RecordAsync(new RecordLinkRequest { Action = "jump" }, Cancellation));

        Assert.StartsWith("https://app.siro.ai/record?action=start&title=Kitchen%20%26%20bath", link.WebLink, StringComparison.Ordinal);
        Assert.Equal(SiroGatewayErrorCodes.InvalidLink, e.Code);
        Assert.Contains(e.Errors, f => f.Field == "action");
    }

    [Fact]
    public async Task A_rep_is_found_by_email()
    {
        await using var services = gateway.Services();

        var people = await services.GetRequiredService<SiroGatewayClient>().People.FindByEmailAsync("rep1@example.com", Cancellation)
            .ToListAsync(Cancellation);

        Assert.Equal("rep1@example.com", Assert.Single(people).Email);
    }

    [Fact]
    public async Task A_busy_gateway_is_asked_again_and_given_up_as_the_options_say()
    {
        var busy = new AnsweringHandler(HttpStatusCode.ServiceUnavailable, "store_unavailable");
        await using var services = gateway.Services(
            handler: busy, change: o => (o.MaxAttempts, o.MaxRetryDelay) = (3, TimeSpan.FromMilliseconds(20)));
        var client = services.GetRequiredService<SiroGatewayClient>();

        var e = await Assert.ThrowsAsync<SiroGatewayException>(() => client.GetMeAsync(Cancellation));
        var reads = busy.Calls;
        await Assert.ThrowsAsync<SiroGatewayException>(() => client.Subscriptions.RotateSecretAsync("sub_1", Cancellation));

        Assert.Equal(SiroGatewayErrorCodes.StoreUnavailable, e.Code);
        Assert.True(e.IsTransient);
        Assert.Equal(3, reads);
        Assert.Equal(4, busy.Calls);
    }

    [Fact]
    public void Wrong_options_stop_the_start_with_every_error()
    {
        var services = new ServiceCollection();
        services.AddSiroGateway(options => (options.MaxAttempts, options.Organization) = (0, "two words"));
        using var provider = services.BuildServiceProvider();

        var e = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<SiroGatewayClient>());

        Assert.Equal(["BaseAddress", "exactly one of ApiKey and AccessToken", "Organization", "MaxAttempts"],
            new[] { "BaseAddress", "exactly one of ApiKey and AccessToken", "Organization", "MaxAttempts" }.Where(
                part => e.Failures.Any(f => f.Contains(part, StringComparison.Ordinal))));
    }

    [Fact]
    public void Every_documented_code_has_a_constant_and_no_other()
    {
        var documented = ErrorsPage.Codes();

        var constants = typeof(SiroGatewayErrorCodes).GetFields().Select(f => (string)f.GetRawConstantValue()!)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(documented.Order(StringComparer.Ordinal), constants.Order(StringComparer.Ordinal));
    }

    private sealed class Steps : IProgress<UploadProgress>
    {
        public List<UploadProgress> Seen { get; } = [];

        public void Report(UploadProgress value) => Seen.Add(value);
    }

    private sealed class Canceller(CancellationTokenSource cancel, long at) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value)
        {
            if (value.BytesSent >= at)
            {
                cancel.Cancel();
            }
        }
    }

    /// <summary>
    /// Lets the request through, then loses the answer, as a broken connection does; the last time as .NET tells of a reset that follows a
    /// connection at once.
    /// </summary>
    private sealed class BreakingHandler(int failures) : DelegatingHandler
    {
        private int _left = failures;

        public List<string> Keys { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Keys.Add(request.Headers.GetValues("Idempotency-Key").Single());
            var response = await base.SendAsync(request, cancellationToken);
            if (_left-- > 0)
            {
                response.Dispose();
                throw _left > 0
                    ? new HttpRequestException("broken by the test")
                    : new SocketException((int)SocketError.NotConnected);
            }

            return response;
        }
    }

    private sealed class AnsweringHandler(HttpStatusCode status, string code) : DelegatingHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            var response = new HttpResponseMessage(
                status) { Content = new StringContent($$"""{"code":"{{code}}","detail":"try again"}""") };
            response.Headers.Add("Siro-Gateway-Error", code);
            return Task.FromResult(response);
        }
    }
}
