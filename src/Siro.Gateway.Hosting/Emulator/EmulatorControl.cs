using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>Calls of the emulator's own interface.</summary>
internal static class EmulatorControl
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Siro's event types that a test event may have.</summary>
    public static IReadOnlyList<string> EventTypes { get; } = ["integrations.recordingProcessed", "integrations.recordingLinked"];

    public static async Task AddWebhookAsync(
        SiroEmulatorResource emulator, Uri url, ParameterResource secret, CancellationToken cancellationToken)
    {
        var body = new { url, secret = await secret.GetValueAsync(cancellationToken).ConfigureAwait(false) };
        using var response = await Http.PostAsJsonAsync(At(emulator, "webhooks"), body, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Siro sends an event about a recording that is both processed and linked.</summary>
    /// <returns>The event's id.</returns>
    public static async Task<string> SendEventAsync(
        SiroEmulatorResource emulator, string eventType, string recordingId, CancellationToken cancellationToken)
    {
        var payload = new { eventType, recordingId, siroUserId = emulator.UserId, recordingProcessed = true, recordingLinked = true };
        using var response = await Http.PostAsJsonAsync(
            At(emulator, "events"), new { eventType, payload }, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken).ConfigureAwait(false);
        return answer.GetProperty("ids")[0].GetString()!;
    }

    private static Uri At(SiroEmulatorResource emulator, string what) =>
        new(new Uri(emulator.Http.Url), $"/_emulator/organizations/default/{what}");
}
