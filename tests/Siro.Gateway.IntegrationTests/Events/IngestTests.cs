using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Events;

public sealed class IngestTests(WebhookFixture gateway) : IClassFixture<WebhookFixture>
{
    private readonly HttpClient _anyone = gateway.CreateClient(apiKey: null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(int Status, string? Code)> ProblemAsync(HttpResponseMessage response)
    {
        using var _ = response;
        var code = response.Headers.TryGetValues("Siro-Gateway-Error", out var values) ? values.Single() : null;
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(code, body.GetProperty("code").GetString());
        return ((int)response.StatusCode, code);
    }

    [Theory]
    [InlineData("svix-", "/v1/webhooks/siro/acme")]
    [InlineData("webhook-", "/v1/webhooks/siro/ACME")]
    [InlineData("svix-", "/v1/webhooks/siro")]
    [InlineData("svix-", "/v1/webhooks/siro/")]
    public async Task A_signed_event_is_taken_once(string prefix, string path)
    {
        var id = "msg_" + Guid.CreateVersion7().ToString("N");
        var body = Encoding.UTF8.GetBytes(SiroSender.Event(id));
        using var first = await _anyone.PostWebhookAsync(id, body, path, prefix: prefix);
        using var second = await _anyone.PostWebhookAsync(id, body, path, prefix: prefix);
        Assert.Equal($$"""{"id":"{{id}}","duplicate":false}""", await first.Content.ReadAsStringAsync(Cancel));
        Assert.Equal($$"""{"id":"{{id}}","duplicate":true}""", await second.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
    }

    [Fact]
    public async Task An_unsigned_or_forged_event_is_refused()
    {
        var body = Encoding.UTF8.GetBytes(SiroSender.Event("rec-x"));
        Assert.Equal((400, "missing_headers"),
            await ProblemAsync(await _anyone.PostAsync("/v1/webhooks/siro/acme", new ByteArrayContent(body), Cancel)));
        Assert.Equal((400, "missing_headers"),
            await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", body, change: r => r.Headers.Remove("svix-id"))));
        Assert.Equal((400, "missing_headers"), await ProblemAsync(await _anyone.PostWebhookAsync("msg {1}", body)));
        Assert.Equal((400, "bad_signature"), await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", body, secret: null)));
        Assert.Equal((400, "bad_signature"),
            await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", body, secret: WebhookFixture.ConfiguredSecret)));
        Assert.Equal((400, "bad_signature"),
            await ProblemAsync(
            await _anyone.PostWebhookAsync("msg_1", body, change: r => r.Content = new ByteArrayContent([.. body, (byte)' ']))));
        Assert.Equal((400, "bad_signature"),
            await ProblemAsync(
            await _anyone.PostWebhookAsync("msg_1", body, "/v1/webhooks/siro", secret: WebhookFixture.ConfiguredSecret)));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    public async Task A_stale_event_is_refused_either_way(int seconds) => Assert.Equal(
        (400, "stale_timestamp"),
        await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", Encoding.UTF8.GetBytes(SiroSender.Event("rec-x")),
            age: TimeSpan.FromSeconds(seconds + Math.Sign(seconds) * 2))));

    [Fact]
    public async Task An_unknown_organization_is_not_found() => Assert.Equal(
        (404, "unknown_organization"),
        await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", "{}"u8.ToArray(), "/v1/webhooks/siro/nobody")));

    [Fact]
    public async Task A_body_is_at_most_256_KiB_with_or_without_a_length()
    {
        var most = Encoding.UTF8.GetBytes(SiroSender.Event("rec-big", more: ",\"x\":\"" + new string('x', 256 * 1024) + "\""));
        var id = "msg_" + Guid.CreateVersion7().ToString("N");
        using (var fits = await _anyone.PostWebhookAsync(id, [.. most.AsSpan(0, 256 * 1024)]))
        {
            Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        }

        Assert.Equal(
            (413, "body_too_large"), await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", [.. most.AsSpan(0, 256 * 1024 + 1)])));
        Assert.Equal((413, "body_too_large"),
            await ProblemAsync(await _anyone.PostWebhookAsync("msg_1", most, change: r => r.Headers.TransferEncodingChunked = true)));
    }

    [Fact]
    public async Task Everything_else_that_is_signed_is_delivered_as_it_came()
    {
        foreach (var body in (string[])["not json", "", "{\"eventType\":\"siro.somethingNew\" , \"x\":1 }", "[1,2]"])
        {
            var id = "msg_" + Guid.CreateVersion7().ToString("N");
            using var answer = await _anyone.PostWebhookAsync(id, body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Until.TrueAsync(() => gateway.Subscribers.At("billing").Any(r => r.Id == id && r.Text == body), $"'{body}' is delivered");
        }
    }
}
