using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.BrowserTests.Infrastructure;

/// <summary>A console whose gateway gives up deliveries soon, and what brings events into it.</summary>
public class HubFixture(ChromiumFixture chromium) : ConsoleFixture(chromium)
{
    protected override Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        settings["Webhooks:RetrySchedule:0"] = "00:00:00";
        settings["Webhooks:RetrySchedule:1"] = "00:00:00.100";
        return Task.CompletedTask;
    }

    /// <summary>A made-up event of the sandbox's; answers with its id and its recording's.</summary>
    public async Task<(string Id, string Recording)> TestEventAsync()
    {
        using var client = CreateClient();
        using var answer = await client.PostAsync("/v1/events/test", null);
        answer.EnsureSuccessStatusCode();
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (json.GetProperty("id").GetString()!, json.GetProperty("recordingId").GetString()!);
    }

    /// <summary>An event as Siro sends it, signed, whatever its body; answers with its id.</summary>
    public async Task<string> EmitAsync(byte[] body)
    {
        using var client = CreateClient(apiKey: null);
        var id = "msg_" + Guid.NewGuid().ToString("N");
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"/v1/webhooks/siro/{GatewaySettings.Organization}") { Content = new ByteArrayContent(body) };
        request.Headers.Add("svix-id", id);
        request.Headers.Add("svix-timestamp", timestamp.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add("svix-signature",
            WebhookSignature.Sign(WebhookSignature.Keys([new Secret(GatewaySettings.WebhookSecret)]), id, timestamp, body));
        using var answer = await client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return id;
    }

    public Task<string> EmitAsync(string body) => EmitAsync(Encoding.UTF8.GetBytes(body));

    /// <summary>A subscription of the admin's; answers with its id.</summary>
    public async Task<string> SubscribeAsync(Uri url, string name, params string[] events)
    {
        using var client = CreateClient();
        using var answer = await client.PostAsJsonAsync("/v1/subscriptions", new { url, events, description = name });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>Waits until so many of a subscription's deliveries are in this state.</summary>
    public Task DeliveriesAsync(string subscription, string state, int count) => Until.TrueAsync(
        async () =>
        {
            using var client = CreateClient();
            var page = await client.GetFromJsonAsync<JsonElement>($"/v1/deliveries?subscription={subscription}&status={state}&limit=200");
            return page.GetProperty("data").GetArrayLength() == count;
        },
        $"{count} deliveries are {state}");

    /// <summary>Many events, past the signature.</summary>
    public async Task TakeAsync(string type, int count)
    {
        var intake = Gateway.Services.GetRequiredService<EventIntake>();
        var body = JsonSerializer.SerializeToUtf8Bytes(new { eventType = type });
        foreach (var some in Enumerable.Range(0, count).Chunk(200))
        {
            await Task.WhenAll(some.Select(i =>
                intake.IngestAsync(new OrganizationKey(GatewaySettings.Organization), $"msg_{type}-{i}", body, CancellationToken.None)));
        }
    }

    public async Task UnsubscribeAsync(string id)
    {
        using var client = CreateClient();
        using var answer = await client.DeleteAsync("/v1/subscriptions/" + id);
        answer.EnsureSuccessStatusCode();
    }
}
