using Siro.Emulator.Hosting;

namespace Siro.Emulator.Recordings;

/// <summary>Recordings as a user reads them, on platform.</summary>
internal sealed class PlatformRecordingEndpoints(EmulatorState state, RecordingLife life, EmulatorOptions options)
{
    public void Map(RouteTable platform)
    {
        platform.Add("GET", "/v1/core/recordings", x => new(List(x)));
        platform.Add("GET", "/v1/core/recordings/{id}", x => new(Find(x, "id") is { } recording
            ? Answer.Ok(new { data = RecordingJson.Platform(recording, x.Flag("showSummary"), x.Flag("showEntityExtractions"),
                options.ContractDrift) })
            : ExternalRecordingEndpoints.NotFound));
        platform.Add("DELETE", "/v1/core/recordings/{id}", x => new(Delete(x)));
        platform.Add("GET", "/v1/core/recordings/{id}/summary", x => new(Find(x, "id") is { } recording
            ? Answer.Ok(new { data = recording.Summary })
            : ExternalRecordingEndpoints.NotFound));
        platform.Add("GET", "/v1/core/entities/extractions/{recordingId}", x => new(Find(x, "recordingId") is { } recording
            ? Answer.Ok(new { data = recording.Extractions.Select(e => RecordingJson.Extraction(recording, e)) })
            : ExternalRecordingEndpoints.NotFound));
    }

    private Recording? Find(Exchange x, string parameter) =>
        state.Recordings.Find(x[parameter]) is { PurgedAt: null } recording && recording.OrganizationId == x.Organization.Id
            ? recording
            : null;

    private Answer Delete(Exchange x)
    {
        if (Find(x, "id") is not { } recording)
        {
            return ExternalRecordingEndpoints.NotFound;
        }

        life.Delete(recording);
        x.Entry.AddEffect(recording.Id);
        return Answer.Ok(new { data = new { id = recording.Id } });
    }

    private Answer List(Exchange x)
    {
        var found = state.Recordings.Of(x.Organization.Id).Where(r => !r.Deleted && r.PurgedAt is null);
        if (Moment.TryParse(x.Query("dateCreated:gt"), out var after))
        {
            found = found.Where(r => r.CreatedAt > after);
        }

        if (Moment.TryParse(x.Query("dateCreated:lt"), out var before))
        {
            found = found.Where(r => r.CreatedAt < before);
        }

        if (x.Query("crmLinkStatus") is "unlinked")
        {
            found = found.Where(r => r.Crm is null);
        }

        var ascending = x.Query("orderDirection") is "asc";
        return RecordingList.Page(found, x.Query("cursor"), Cursor.Size(x, "limit", 100, 100), ascending, r => r.CreatedAt) is not { } page
            ? Cursor.Invalid
            : Answer.Ok(new { data = page.Page.Select(RecordingJson.PlatformItem), cursor = page.Cursor });
    }
}
