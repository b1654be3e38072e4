using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siro.Emulator.Webhooks;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.Client.Subscriptions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.ClientPackage;

public sealed class ReceivingTests(ClientFixture gateway) : IClassFixture<ClientFixture>
{
    private const string Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    private const string NewSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deliveries_of_the_gateway_arrive_as_typed_events_once()
    {
        await using var application = await Application.StartAsync(Secret);
        await using var services = gateway.Services();
        var client = services.GetRequiredService<SiroGatewayClient>();
        var subscription = await client.Subscriptions.CreateAsync(
            new SubscriptionRequest { Url = application.Address, Secret = Secret, Filter = new() { ["recordingId"] = "received-1" } },
            Cancellation);
        using var siro = gateway.CreateClient(null);

        (await siro.PostWebhookAsync("msg_received1",
            SiroSender.Event(
            "received-1", linked: true, more: ""","crm":{"opportunity":{"id":"o1","externalId":"opp-1"}}"""))).EnsureSuccessStatusCode();

        await Until.TrueAsync(() => application.Handled.Count == 2, "both events arrived");
        var processed = application.Handled.OfType<RecordingProcessed>().Single();
        Assert.Equal(
            ("msg_received1", "received-1", "opp-1"), (processed.Id, processed.RecordingId, processed.State.Crm!.Opportunity!.ExternalId));
        Assert.Equal("webhook", application.Handled.OfType<RecordingReady>().Single().Source);
        Assert.Equal(2,
            await client.Subscriptions.CountReplayAsync(
            subscription.Id, new ReplayRequest { Since = DateTimeOffset.UnixEpoch }, Cancellation));
        await client.Subscriptions.ReplayAsync(subscription.Id, new ReplayRequest { Since = DateTimeOffset.UnixEpoch }, Cancellation);
        await Until.TrueAsync(() => application.Answers.Count == 4, "the replay arrived");
        Assert.Equal(2, application.Handled.Count);
        Assert.All(application.Answers, status => Assert.Equal(204, status));
        await client.Subscriptions.DeleteAsync(subscription.Id, Cancellation);
    }

    [Fact]
    public async Task While_a_secret_is_rotated_either_verifies()
    {
        await using var application = await Application.StartAsync(Secret, NewSecret);

        Assert.Equal(HttpStatusCode.NoContent,
            (await application.PostAsync("msg_1", """{"eventType":"recording.deleted","recordingId":"r"}""", Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent,
            (await application.PostAsync("msg_2", """{"eventType":"recording.deleted","recordingId":"r"}""", NewSecret)).StatusCode);

        Assert.Equal(2, application.Handled.OfType<RecordingDeleted>().Count());
    }

    [Theory]
    [InlineData("wrong secret")]
    [InlineData("old")]
    [InlineData("changed body")]
    [InlineData("no signature")]
    [InlineData("long signature")]
    [InlineData("no id")]
    [InlineData("bad timestamp")]
    public async Task What_is_not_genuine_is_refused_without_effect(string how)
    {
        await using var application = await Application.StartAsync(Secret);

        using var response = await application.PostAsync("msg_1", """{"eventType":"x"}""", how == "wrong secret" ? NewSecret : Secret,
            how == "old" ? TimeSpan.FromMinutes(6) : default, request =>
        {
            switch (how)
            {
                case "changed body":
                    request.Content = new StringContent("""{"eventType":"y"}""");
                    break;
                case "no signature":
                    request.Headers.Remove("webhook-signature");
                    break;
                case "long signature":
                    request.Headers.Remove("webhook-signature");
                    request.Headers.TryAddWithoutValidation("webhook-signature", "v1," + new string('A', 5000));
                    break;
                case "no id":
                    request.Headers.Remove("webhook-id");
                    break;
                case "bad timestamp":
                    request.Headers.Remove("webhook-timestamp");
                    request.Headers.TryAddWithoutValidation("webhook-timestamp", "99999999999999999");
                    break;
            }
        });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(application.Handled);
    }

    [Fact]
    public async Task A_handler_that_throws_is_called_again_by_the_next_delivery_and_then_never_more()
    {
        await using var application = await Application.StartAsync(Secret);
        application.Failures = 1;

        Assert.Equal(
            HttpStatusCode.InternalServerError, (await application.PostAsync("msg_1", """{"eventType":"x"}""", Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await application.PostAsync("msg_1", """{"eventType":"x"}""", Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await application.PostAsync("msg_1", """{"eventType":"x"}""", Secret)).StatusCode);

        Assert.Equal("x", Assert.Single(application.Handled).Type);
    }

    [Fact]
    public async Task A_delivery_that_comes_while_the_same_event_is_handled_is_sent_away()
    {
        await using var application = await Application.StartAsync(Secret);
        application.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = application.PostAsync("msg_1", """{"eventType":"x"}""", Secret);
        await Until.TrueAsync(() => application.Entered == 1, "the first is being handled");

        using var second = await application.PostAsync("msg_1", """{"eventType":"x"}""", Secret);
        application.Gate.SetResult();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.NoContent, (await first).StatusCode);
        Assert.Single(application.Handled);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_and_one_that_is_no_json_is_acknowledged()
    {
        await using var application = await Application.StartAsync(Secret);

        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, (await application.PostAsync("msg_1", new string(' ', 5_000_000), Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await application.PostAsync("msg_2", "no json", Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await application.PostAsync("msg_3", "[1]", Secret)).StatusCode);

        Assert.Empty(application.Handled);
    }

    [Fact]
    public async Task Wrong_options_stop_the_start_without_showing_the_secret()
    {
        var e = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => Application.StartAsync("whsec_c2hvcnQ="));

        Assert.Contains("Secrets[0]", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2hvcnQ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>An application that receives events, on a real Kestrel.</summary>
    private sealed class Application : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly HttpClient _http = new();

        private Application(WebApplication app) => _app = app;

        public Uri Address => new(_app.Urls.First() + "/siro");

        public ConcurrentQueue<SiroEvent> Handled { get; } = new();

        public ConcurrentQueue<int> Answers { get; } = new();

        public TaskCompletionSource? Gate { get; set; }

        public int Failures { get; set; }

        public int Entered { get; private set; }

        public static async Task<Application> StartAsync(params string[] secrets)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.AddSiroEvents(options =>
            {
                foreach (var secret in secrets)
                {
                    options.Secrets.Add(secret);
                }
            });
            var app = builder.Build();
            var application = new Application(app);
            try
            {
                app.Use(async (context, next) =>
                {
                    await next(context);
                    application.Answers.Enqueue(context.Response.StatusCode);
                });
                app.MapSiroEvents("/siro", application.HandleAsync);
                await app.StartAsync();
                return application;
            }
            catch
            {
                await application.DisposeAsync();
                throw;
            }
        }

        public async Task<HttpResponseMessage> PostAsync(
            string id, string body, string secret, TimeSpan age = default, Action<HttpRequestMessage>? change = null)
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            var timestamp = (TimeProvider.System.GetUtcNow() - age).ToUnixTimeSeconds();
            using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = new ByteArrayContent(bytes) };
            request.Headers.TryAddWithoutValidation("webhook-id", id);
            request.Headers.TryAddWithoutValidation(
                "webhook-timestamp", timestamp.ToString(System.Globalization.CultureInfo.InvariantCulture));
            request.Headers.TryAddWithoutValidation("webhook-signature", SvixSignature.Sign(id, timestamp, bytes, secret));
            change?.Invoke(request);
            return await _http.SendAsync(request, Cancellation);
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _app.DisposeAsync();
        }

        private async Task HandleAsync(SiroEventContext delivery, CancellationToken cancellationToken)
        {
            Entered++;
            if (Gate is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            if (Failures-- > 0)
            {
                throw new InvalidOperationException("The handler fails once.");
            }

            Handled.Enqueue(delivery.Event);
        }
    }
}
