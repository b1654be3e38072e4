using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads;

/// <summary>Refusals that several places give. Each code stands in docs/errors.md.</summary>
internal static class UploadProblems
{
    public static Problem InvalidMetadata(IReadOnlyList<FieldError> errors) =>
        new(422, "invalid_metadata", "The upload's fields are invalid. See 'errors'.") { Errors = errors };

    public static Problem InvalidMultipart(string what) => new(400, "invalid_multipart", $"The multipart body could not be read: {what}.");

    public static Problem ActingUserMissing { get; } =
        new(400, "acting_user_missing", "This needs a Siro user to act for. Send Siro-User, or configure a DefaultUser for this client.");

    public static Problem NotFound { get; } = new(404, "upload_not_found", "No such upload, or it belongs to another client.");

    public static Problem IdempotencyMismatch { get; } =
        new(422, "idempotency_mismatch",
            "This Idempotency-Key was used for another file or other metadata. Use a new key for a new upload.");

    public static Problem InProgress { get; } =
        new(409, "upload_in_progress",
            "The first request with this Idempotency-Key is still in progress. Try again in a while.") { RetryAfter = TimeSpan.FromSeconds(
            10) };

    public static Problem StoreUnavailable { get; } =
        new(503, "store_unavailable",
            "The gateway's store does not answer, so the upload could not be kept. Send it again in a while.") { RetryAfter =
            TimeSpan.FromSeconds(5) };
}
