using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Siro.Gateway.HostingTests.Running;

/// <summary>What a person would ask of the sample application.</summary>
internal static class CrmWriterCalls
{
    private const string Rep = "rep1@example.com";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The emails of the reps, by a proxied call.</summary>
    public static async Task<IReadOnlyList<string?>> RepsAsync(this HttpClient application, CancellationToken cancellationToken)
    {
        var reps = await application.GetFromJsonAsync<JsonElement>("/reps", cancellationToken);
        return [.. reps.EnumerateArray().Select(r => r.GetProperty("email").GetString())];
    }

    /// <summary>An appointment of the first rep's, so that Siro links a recording of that time to it.</summary>
    public static async Task SyncAppointmentAsync(
        this HttpClient application, string id, string startsAt, CancellationToken cancellationToken)
    {
        using var answer = await application.PutAsync(
            $"/appointments/{id}?rep={Rep}&repId=crm-rep-1&startsAt={startsAt}", null, cancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Sends a call's recording.</summary>
    public static async Task<(string Recording, bool Repeated)> SendRecordingAsync(
        this HttpClient application, string callId, string startedAt, CancellationToken cancellationToken)
    {
        using var audio = new ByteArrayContent(
            await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"), cancellationToken));
        using var answer = await application.PostAsync(
            $"/calls/{callId}/recording?rep={Rep}&startedAt={startedAt}", audio, cancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(cancellationToken));
        var upload = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return (upload.GetProperty("recordingId").GetString()!, upload.GetProperty("repeated").GetBoolean());
    }

    /// <summary>Asks until the application has written the recording, and answers how often it did.</summary>
    public static async Task<int> WrittenAsync(this HttpClient application, string recording, CancellationToken cancellationToken)
    {
        var written = await application.UntilFoundAsync($"/recordings/{recording}", cancellationToken);
        return JsonSerializer.Deserialize<JsonElement>(written).GetProperty("written").GetInt32();
    }

    /// <summary>Asks until there is an answer other than 404.</summary>
    public static async Task<string> UntilFoundAsync(this HttpClient application, string path, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause);
        do
        {
            using var answer = await application.GetAsync(path, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));

        throw new InvalidOperationException("The timer ended.");
    }
}
