using System.Text;
using Microsoft.AspNetCore.Http;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

public sealed class DeliveryTests(WebhookFixture gateway) : IClassFixture<WebhookFixture>
{
    private readonly HttpClient _anyone = gateway.CreateClient(apiKey: null);

    private static string NewId() => "msg_" + Guid.CreateVersion7().ToString("N");

    private async Task<string> EmitAsync(string body)
    {
        var id = NewId();
        using var answer = await _anyone.PostWebhookAsync(id, body);
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private Task<Received> ReceivedAsync(string name, Func<Received, bool> which, string what) =>
        Until.GetAsync(() => Task.FromResult(gateway.Subscribers.At(name).FirstOrDefault(which)), what);

    [Fact]
    public async Task A_delivery_carries_siros_own_bytes_and_signatures_under_both_names()
    {
        var body = SiroSender.Event(NewId(), more: " ,  \"odd\" : [1 , 2]");
        var id = await EmitAsync(body);
        var received = await ReceivedAsync("billing", r => r.Id == id, "the event is delivered");
        Assert.Equal(body, received.Text);
        Assert.Equal("application/json", received.Headers.ContentType.ToString());
        foreach (var prefix in (string[])["webhook-", "svix-"])
        {
            Assert.Equal(id, received.Headers[prefix + "id"].ToString());
            Assert.True(SvixSignature.Verify(
                WebhookFixture.ConfiguredSecret, id, received.Headers[prefix + "timestamp"].ToString(), received.Body,
                received.Headers[prefix + "signature"].ToString()));
        }

        Assert.False(received.Headers.ContainsKey("siro-gateway-replay"));
    }

    [Fact]
    public async Task A_recording_is_ready_once_in_whichever_order_its_events_come()
    {
        foreach (var (first, second) in ((string, string)[])[("integrations.recordingProcessed", "integrations.recordingLinked"),
            ("integrations.recordingLinked", "integrations.recordingProcessed")])
        {
            var recording = "rec-" + NewId();
            await EmitAsync(SiroSender.Event(recording, first, processed: first.EndsWith("Processed", StringComparison.Ordinal),
                linked: first.EndsWith("Linked", StringComparison.Ordinal)));
            await EmitAsync(
                SiroSender.Event(recording, second, processed: true, linked: true, more: ",\"crm\":{\"integrationConnectionId\":\"c1\"}"));
            await EmitAsync(SiroSender.Event(recording, first, processed: true, linked: true));
            var last = await EmitAsync(SiroSender.Event("other-" + recording));
            await ReceivedAsync("billing", r => r.Id == last, "all are delivered");
            var ready = await ReceivedAsync("billing", r => r.Text.Contains(recording, StringComparison.Ordinal)
                && r.Text.Contains("recording.ready", StringComparison.Ordinal), "it is ready");
            Assert.Equal(
                $$"""{"recordingId":"{{recording}}","siroUserId":"user-1","recordingProcessed":true,"recordingLinked":true,"eventType":"recording.ready","crm":{"integrationConnectionId":"c1"},"source":"webhook"}""",
                ready.Text);
            Assert.Single(gateway.Subscribers.At("billing"), r => r.Id == ready.Id);
        }
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_with_the_same_id_and_a_new_signature()
    {
        var failures = 0;
        gateway.Subscribers.Behave("flaky", async (context, _) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref failures) <= 2 ? 503 : 204;
            await Task.CompletedTask;
        });
        var id = await EmitAsync("""{"eventType":"flaky.thing"}""");
        await Until.TrueAsync(() => gateway.Subscribers.At("flaky").Count(r => r.Id == id) == 3, "the third attempt comes");
        Assert.All(gateway.Subscribers.At("flaky").Where(r => r.Id == id), r => Assert.True(SvixSignature.Verify(
            WebhookFixture.ConfiguredSecret, id, r.Headers["webhook-timestamp"].ToString(),
            Encoding.UTF8.GetBytes("""{"eventType":"flaky.thing"}"""), r.Headers["webhook-signature"].ToString())));
    }
}
