using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>The log of events as a test reads it.</summary>
internal static class EventReading
{
    /// <summary>Every event of a type, all pages.</summary>
    public static async Task<List<JsonElement>> EventsAsync(this GatewayInProcess gateway, string type)
    {
        using var client = gateway.CreateClient();
        var events = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>($"/v1/events?type={type}&limit=100"
                + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor)), TestContext.Current.CancellationToken);
            events.AddRange(page.GetProperty("data").EnumerateArray());
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        return events;
    }
}
