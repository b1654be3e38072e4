using System.Text.Json;
using Siro.Emulator;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>Siro loses half of its events on purpose, and sends the others in any order and twice; polling fills in.</summary>
public sealed class LostWebhooksTests(LostWebhooksTests.Fixture gateway) : IClassFixture<LostWebhooksTests.Fixture>
{
    [Fact]
    public async Task Whoever_says_it_first_every_recording_is_announced_once()
    {
        gateway.Emulator.Default.Organization.Webhooks.Add(
            new Uri(gateway.Gateway.Address, "/v1/webhooks/siro/acme"), GatewaySettings.WebhookSecret);
        await Until.TrueAsync(() => gateway.Emulator.Journal.Count(path: "/v1/core/recordings") > 0, "polling has begun");
        var made = gateway.Emulator.Recordings.AddMany(gateway.Emulator.Default.Organization, 300 * TestScale.Factor, processed: true,
            linked: true, announce: true, TimeSpan.Zero).Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        await Until.TrueAsync(() => Ready().Count >= made.Count, "every recording is announced", TimeSpan.FromSeconds(60));
        var polls = gateway.Emulator.Journal.Count(path: "/v1/core/recordings");
        await Until.TrueAsync(() => gateway.Emulator.Journal.Count(path: "/v1/core/recordings") >= polls + 2, "polling goes on");
        var ready = Ready();
        Assert.Equal(made.Count, ready.Count);
        Assert.Equal(made, ready.Select(b => b.GetProperty("recordingId").GetString()!).ToHashSet(StringComparer.Ordinal));
        var sources = ready.GroupBy(b => b.GetProperty("source").GetString()!)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", sources));
        Assert.Equal(["reconciliation", "webhook"], sources.Keys.Order(StringComparer.Ordinal));
    }

    private List<JsonElement> Ready() => [.. gateway.Subscribers.At("ready").Select(r => r.Json)];

    public sealed class Fixture : GatewayFixture
    {
        internal Subscribers Subscribers { get; private set; } = null!;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { WebhookLoss = 0.5, WebhookOrder = WebhookOrder.Random };

        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            Subscribers = await Subscribers.StartAsync();
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            settings["Webhooks:Subscriptions:ready:Url"] = Subscribers.Url("ready");
            settings["Webhooks:Subscriptions:ready:Secret"] = WebhookFixture.ConfiguredSecret;
            settings["Webhooks:Subscriptions:ready:Events:0"] = "recording.ready";
        }
    }
}
