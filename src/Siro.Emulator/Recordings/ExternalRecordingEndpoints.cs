using Siro.Emulator.Hosting;

namespace Siro.Emulator.Recordings;

/// <summary>Recordings as an organization reads them, on external.</summary>
internal sealed class ExternalRecordingEndpoints(EmulatorState state, EmulatorOptions options)
{
    private static readonly (string Name, Func<Recording, DateTimeOffset> Of, Func<DateTimeOffset, DateTimeOffset, bool> Fits)[] Times =
    [
        ("createdAt:gt", r => r.CreatedAt, (value, bound) => value > bound),
        ("createdAt:lt", r => r.CreatedAt, (value, bound) => value < bound),
        ("updatedAt:gte", r => r.UpdatedAt, (value, bound) => value >= bound),
        ("updatedAt:gt", r => r.UpdatedAt, (value, bound) => value > bound),
        ("updatedAt:lt", r => r.UpdatedAt, (value, bound) => value < bound),
        ("updatedAt:lte", r => r.UpdatedAt, (value, bound) => value <= bound),
    ];

    public void Map(RouteTable external)
    {
        external.Add("GET", "/v1/core/recordings", x => new(List(x)));
        external.Add("GET", "/v1/core/recordings/{id}", x => new(Find(x) is { } recording ? Answer.Ok(Show(x, recording)) : NotFound));
        external.Add("GET", "/v1/core/recordings/{id}/summaries", x => new(Find(x) is { } recording ? Summaries(recording) : NotFound));
    }

    internal static Answer NotFound { get; } = Answer.Error(404, "Recording not found");

    private Dictionary<string, object?> Show(Exchange x, Recording recording, bool inList = false, bool scoreless = false) =>
        RecordingJson.External(
        recording, x.Flag("showCrmLinks"), x.Flag("showSummary"), x.Flag("showEntityExtractions"), x.Flag("showEvaluationScore"),
        x.Flag("showFollowups"), inList, scoreless, options.ContractDrift);

    private Answer Summaries(Recording recording) =>
        options.SummariesBare ? Answer.Ok(recording.Summary) : Answer.Ok(new { data = recording.Summary });

    private Recording? Find(Exchange x) =>
        state.Recordings.Find(x["id"]) is { } recording && recording.OrganizationId == x.Organization.Id ? recording : null;

    private Answer List(Exchange x)
    {
        var found = state.Recordings.Of(x.Organization.Id);
        foreach (var (name, of, fits) in Times)
        {
            if (x.Query(name) is not { Length: > 0 } text)
            {
                continue;
            }

            if (!Moment.TryParse(text, out var bound))
            {
                return Answer.Error(400, $"Invalid date: {name}");
            }

            found = found.Where(r => fits(of(r), bound));
        }

        foreach (var name in (ReadOnlySpan<string>)["isProcessingDone", "isEntityExtractionDone", "isSummaryDone"])
        {
            if (x.Query(name) is { } wanted)
            {
                found = found.Where(r => r.Processed == (wanted is "true"));
            }
        }

        var size = Cursor.Size(x, "pageSize", 25, options.MaxPageSize);
        return RecordingList.Page(found, x.Query("cursor"), size, options.RecordingsByUpdate,
            options.RecordingsByUpdate ? r => r.UpdatedAt : r => r.CreatedAt) is not { } page
            ? Cursor.Invalid
            : Answer.Ok(new { data =
                page.Page.Select(r => Show(x, r, inList: true, scoreless: options.ScorelessAbove > 0 && size > options.ScorelessAbove)),
                cursor = page.Cursor });
    }
}
