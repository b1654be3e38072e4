using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>What a failed step means for the upload.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StepVerdict>))]
internal enum StepVerdict
{
    /// <summary>Nothing happened; the same step again, after a pause.</summary>
    Again,

    /// <summary>The signed URL is of no use any more: start over with a new one.</summary>
    NewUrl,

    /// <summary>It would fail every time.</summary>
    Refused,

    /// <summary>Siro may have the recording: only a person can decide.</summary>
    Uncertain,
}

/// <summary>Why a step failed, as it is stored with the upload and told to the caller.</summary>
/// <param name="Status">The status that the caller gets.</param>
/// <param name="Code">Stable; in docs/errors.md.</param>
/// <param name="Detail">One sentence, without addresses or secrets.</param>
internal sealed record StepFailure(StepVerdict Verdict, int Status, string Code, string Detail)
{
    /// <summary>Siro's or the storage's status, where one was answered.</summary>
    public int? Upstream { get; init; }

    /// <summary>Siro's own issues or error, as it sent them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Siro { get; init; }

    /// <summary>How long Siro asked to wait.</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The spool gave back other bytes than it took: whoever can bring the file again may.</summary>
    public const string SpoolDamaged = "spool_damaged";

    /// <summary>The gateway itself refused before anything was sent: no credential, no budget.</summary>
    public static StepFailure Of(ProblemException e) =>
        new(SiroOutcome.IsPermanent(e.Problem)
            ? StepVerdict.Refused
            : StepVerdict.Again, e.Problem.Status, e.Problem.Code, e.Problem.Detail) { RetryAfter = e.Problem.RetryAfter };

    /// <summary>
    /// What an outcome of the one table means for a step. What passes is tried again, and a caller whom it outlasts is told that Siro is
    /// unavailable; what Siro may have done is in doubt where a repeat would do it twice.
    /// </summary>
    /// <param name="what">Completes a sentence about Siro.</param>
    /// <param name="repeatable">Sending the step's request twice is harmless.</param>
    public static StepFailure Of(SiroOutcome outcome, string what, bool repeatable) => outcome.Verdict switch
    {
        SiroVerdict.Permanent => new StepFailure(StepVerdict.Refused, outcome.Status, outcome.Code, $"Siro {what}. {outcome.Detail}"),
        SiroVerdict.Unknown when !repeatable =>
            new StepFailure(StepVerdict.Uncertain, 502, "upload_uncertain",
                $"Siro {what}: the recording may exist. Look at the likely matches of this upload before you retry it."),
        _ => new StepFailure(StepVerdict.Again, SiroOutcome.Unavailable.Status, SiroOutcome.Unavailable.Code, $"Siro {what}."),
    };
}

/// <summary>What a step made, or why it made nothing.</summary>
internal readonly record struct StepResult<T>(T? Value, StepFailure? Failure)
    where T : class
{
    public static implicit operator StepResult<T>(T value) => new(value, null);

    public static implicit operator StepResult<T>(StepFailure failure) => new(null, failure);
}
