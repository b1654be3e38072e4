using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Organizations;
using Siro.Emulator.Sync;
using Siro.Emulator.Voip;

namespace Siro.Emulator.Control;

/// <summary>Recordings, engagements and calls from outside, in bulk where asked.</summary>
internal sealed class BulkEndpoints(EmulatorHost emulator)
{
    public void Map(RouteTable routes)
    {
        routes.Add("POST", "/organizations/{id}/recordings",
            x => new(AddRecordings(SeedingEndpoints.Organization(emulator, x), SeedingEndpoints.Json(x))));
        routes.Add("POST", "/organizations/{id}/engagements",
            x => new(AddEngagements(SeedingEndpoints.Organization(emulator, x), SeedingEndpoints.Json(x))));
        routes.Add("POST", "/recordings/{id}", x => new(ChangeRecording(x)));
        routes.Add("POST", "/voip/recordings", x => new(AddVoipRecording(SeedingEndpoints.Json(x))));
        routes.Add("POST", "/voip/calls", x => new(AddCall(SeedingEndpoints.Json(x))));
    }

    /// <summary><c>{count, processed, linked, announce, spreadSeconds}</c>.</summary>
    private Answer AddRecordings(Organization organization, JsonElement json)
    {
        bool Flag(string name) => json.TryGetProperty(name, out var value) && value.GetBoolean();
        var count = json.TryGetProperty("count", out var wanted) ? wanted.GetInt32() : 1;
        var spread = TimeSpan.FromSeconds(json.TryGetProperty("spreadSeconds", out var seconds) ? seconds.GetDouble() : 1);
        var recordings = emulator.Recordings.AddMany(organization, count, Flag("processed"), Flag("linked"), Flag("announce"), spread);
        return Answer.Of(201, new { ids = recordings.Select(r => r.Id) });
    }

    /// <summary><c>{purged, evaluationScore}</c>: Siro deletes its data, or scores it anew without moving <c>updatedAt</c>.</summary>
    private Answer ChangeRecording(Exchange x)
    {
        var recording = emulator.State.Recordings.Find(x["id"]) ?? throw new KeyNotFoundException("No such recording");
        var json = SeedingEndpoints.Json(x);
        if (json.TryGetProperty("evaluationScore", out var score))
        {
            recording.EvaluationScore = score.GetDouble();
        }

        if (json.TryGetProperty("purged", out var purged) && purged.GetBoolean())
        {
            emulator.Recordings.Purge(recording);
        }

        return Answer.Ok(recording);
    }

    /// <summary><c>{count, prefix}</c>: engagements named <c>{prefix}1</c> and so on, an hour apart.</summary>
    private Answer AddEngagements(Organization organization, JsonElement json)
    {
        var count = json.TryGetProperty("count", out var wanted) ? wanted.GetInt32() : 1;
        var prefix = json.TryGetProperty("prefix", out var name) ? name.GetString()! : "appt-";
        var crm = emulator.State.Crm(organization);
        var start = Moment.Now(emulator.Options.Time);
        var ids = new List<CrmRef>(count);
        for (var number = 1; number <= count; number++)
        {
            ids.Add(crm.SyncEngagement(JsonSerializer.SerializeToElement(new
            {
                externalId = $"{prefix}{number}",
                subject = $"Appointment {number}",
                startTime = Moment.Text(start.AddHours(number)),
                endTime = Moment.Text(start.AddHours(number + 1)),
            })).Ref);
        }

        return Answer.Of(201, new { data = ids });
    }

    /// <summary><c>{id, base64 | file, contentType, notReadyTimes, notReadyStatus, insteadOfAudio}</c>.</summary>
    private Answer AddVoipRecording(JsonElement json)
    {
        string? Text(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
        int Number(string name, int otherwise) => json.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;
        var bytes = Text("file") is { } file ? File.ReadAllBytes(file) : Convert.FromBase64String(Text("base64") ?? "");
        var url = emulator.VoipProvider.Add(
            new VoipRecording(Text("id") ?? Identifiers.NewUuid(), bytes, Text("contentType") ?? "audio/mpeg")
        {
            NotReadyTimes = Number("notReadyTimes", 0),
            NotReadyStatus = Number("notReadyStatus", 404),
            InsteadOfAudio = Text("insteadOfAudio"),
        });
        return Answer.Of(201, new { url });
    }

    private Answer AddCall(JsonElement json)
    {
        var call = json.Deserialize<VoipCall>(Answer.Json)!;
        emulator.VoipProvider.Add(call);
        return Answer.Of(201, call);
    }
}
