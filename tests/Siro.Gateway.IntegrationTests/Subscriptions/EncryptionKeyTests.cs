using System.Globalization;
using System.Security.Cryptography;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Subscriptions;

public sealed class EncryptionKeyTests(EncryptionKeyTests.Fixture gateway) : IClassFixture<EncryptionKeyTests.Fixture>
{
    public sealed class Fixture : WebhookFixture
    {
        protected override bool StartsGateway => false;
    }

    /// <summary>Tokens end by themselves; a subscription made years ago must outlive the key that encrypted its secret.</summary>
    [Fact]
    public async Task A_subscription_signs_on_after_its_encryption_key_was_replaced()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (one, two) = (Convert.ToBase64String(SHA256.HashData("one"u8)), Convert.ToBase64String(SHA256.HashData("two"u8)));
        string secret;
        await using (var before = await gateway.StartProcessAsync(("Store:EncryptionKeys:0", one)))
        {
            using var writer = before.CreateClient(GatewaySettings.WriterKey);
            using var content =
                new StringContent(
                $$$"""{"url":"{{{gateway.Subscribers.Url("kept")}}}","events":["*"],"headers":{"Authorization":"Bearer kept"}}""",
                System.Text.Encoding.UTF8, "application/json");
            using var answer = await writer.PostAsync("/v1/subscriptions", content, cancel);
            Assert.Equal(201, (int)answer.StatusCode);
            using var made = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
            secret = made.RootElement.GetProperty("secret").GetString()!;
            await before.StopAsync();
        }

        // Where the store can be full: the first pass finds one that takes no writes, and what it leaves behind is not left for long.
        var redis = gateway.Store as RedisServer;
        await (redis?.CommandAsync("CONFIG SET maxmemory 1000000") ?? Task.CompletedTask);
        await using (var during = await gateway.StartProcessAsync(
            ("Store:EncryptionKeys:0", two), ("Store:EncryptionKeys:1", one),
            ("Logging:LogLevel:Siro.Gateway.Subscriptions.RegistryRefresh", "Debug")))
        {
            if (redis is not null)
            {
                await Until.TrueAsync(() => Said(during, 1002), "a pass that could not write");
                Assert.False(Said(during, 2034));
                await redis.CommandAsync("CONFIG SET maxmemory 0");
            }

            await Until.TrueAsync(() => Said(during, 2034), "the secrets are encrypted anew");
            await during.StopAsync();
        }

        await using var after = await gateway.StartProcessAsync(("Store:EncryptionKeys:0", two));
        using var anyone = after.CreateClient(apiKey: null);
        var id = "msg_" + Guid.CreateVersion7().ToString("N");
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await anyone.PostWebhookAsync(id, SiroSender.Event("r1"));
                return answer.IsSuccessStatusCode;
            },
            "the event is acknowledged");
        var received = await Until.GetAsync(
            () => Task.FromResult(gateway.Subscribers.At("kept").FirstOrDefault(r => r.Id == id)), "the event comes");
        Assert.True(WebhookTest.Verifies(received, secret));
        Assert.Equal("Bearer kept", received.Headers.Authorization.ToString());
        var configured = await Until.GetAsync(() => Task.FromResult(gateway.Subscribers.At("billing").FirstOrDefault(r => r.Id == id)),
            "the event comes to the configured subscription");
        Assert.True(WebhookTest.Verifies(configured, WebhookFixture.ConfiguredSecret));
    }

    private static bool Said(GatewayProcess process, int number) =>
        process.Output.Any(l => l.Contains($"\"event\":{number.ToString(CultureInfo.InvariantCulture)},", StringComparison.Ordinal));
}
