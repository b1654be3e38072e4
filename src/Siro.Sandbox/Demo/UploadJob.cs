using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;
using Siro.Sandbox.Terminal;

namespace Siro.Sandbox.Demo;

/// <summary>Job 2: one POST for each recording becomes Siro's three steps, and the bytes arrive as they were.</summary>
internal sealed class UploadJob(Sandbox sandbox, GatewayCaller caller, Screen screen, Report report)
{
    private static readonly string[] Files = ["call.mp3", "call.wav", "call.aac"];

    /// <returns>The ids of the recordings that Siro has.</returns>
    public async Task<IReadOnlyList<string>> PlayAsync(CancellationToken cancel)
    {
        var recordings = new List<string>();
        foreach (var name in Files)
        {
            if (await UploadAsync(name, cancel) is { } id)
            {
                recordings.Add(id);
            }
        }

        await NotAudioAsync(cancel);
        report.Check(sandbox.Siro.Objects.Leftovers.Count == 0 && sandbox.Siro.Objects.Count == recordings.Count,
            "Siro's storage holds these and no others",
            string.Create(CultureInfo.InvariantCulture, $"{sandbox.Siro.Objects.Count} objects"));
        return recordings;
    }

    private async Task<string?> UploadAsync(string name, CancellationToken cancel)
    {
        var bytes = await File.ReadAllBytesAsync(Paths.Asset(name), cancel);
        var user = sandbox.Siro.Default.Users[0];
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-30);
        using var form = new MultipartFormDataContent
        {
            { new StringContent($"A call about a roof ({name})"), "title" },
            { new StringContent(user.Email!), "userEmail" },
            { new StringContent(at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), "dateCreated" },
            { new StringContent(sandbox.Siro.Default.Connection.Id), "integrationConnectionId" },
            { new StringContent(JsonSerializer.Serialize(new[] { new { objectType = "Engagement", objectId = GuidedDemo.Appointment } })),
                "crmObjects" },
            { new ProgressContent(bytes, (done, total) => screen.Progress(name, done, total)), "file", name },
        };
        var since = sandbox.Siro.Journal.Last;
        var answer = await caller.SendAsync(HttpMethod.Post, "/v1/uploads", form, cancel);
        var id = answer.Text("recordingId");
        report.Check(answer.Status == 201 && id is not null, $"POST /v1/uploads {name}",
            answer.Status == 201 ? $"{bytes.Length / 1000} kB -> {id?[..Math.Min(8, id.Length)]}" : answer.Short, answer.Took);
        if (answer.Status != 201 || id is null)
        {
            screen.Note(answer.Body.Length > 300 ? answer.Body[..300] : answer.Body);
            return null;
        }

        screen.Note($"  {string.Join(", ", sandbox.Siro.Journal.Read(since).Select(Step))}");
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var stored = sandbox.Siro.Objects.FindBySha256(sha256);
        report.Check(stored is not null && stored.ReadAllBytes().AsSpan().SequenceEqual(bytes) && answer.Text("sha256") == sha256,
            "  byte for byte at Siro's storage", $"sha256 {sha256[..8]}...");
        var recording = sandbox.Siro.State.Recordings.Find(id);
        var right = recording is not null && recording.ObjectName == stored?.Name && recording.UserId == user.Id
            && recording.FileType == Path.GetExtension(name)[1..]
            && Math.Abs((recording.CreatedAt - at).TotalSeconds) < 1;
        report.Check(right, "  with the call's rep, type and time",
            recording is null ? "no such recording" : $"{recording.FileType}, by {recording.Contract}");
        return id;
    }

    /// <summary>A request of the gateway's to Siro, by its last word and the time that Siro took.</summary>
    private static string Step(JournalEntry e)
    {
        var name = e.Host == SiroHost.Storage ? "PUT to storage" : (e.Operation ?? e.Path).Split('/')[^1] switch
        {
            "access-token" => "token minted",
            "upload" => "created",
            var last => last,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{name} {e.DurationMilliseconds:0} ms");
    }

    private async Task NotAudioAsync(CancellationToken cancel)
    {
        var since = sandbox.Siro.Journal.Last;
        using var form = new MultipartFormDataContent
        {
            { new StringContent(sandbox.Siro.Default.Users[0].Email!), "userEmail" },
            { new ByteArrayContent("<!DOCTYPE html><html><body>Please sign in</body></html>"u8.ToArray()), "file", "call.mp3" },
        };
        var answer = await caller.SendAsync(HttpMethod.Post, "/v1/uploads", form, cancel);
        var created = sandbox.Siro.Journal.Read(since, path: "/**", method: "PUT").Count;
        report.Check(answer.Status == 415 && created == 0, "a web page named call.mp3 is refused", answer.Short, answer.Took);
    }
}
