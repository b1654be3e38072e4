namespace Siro.Gateway.Calls;

/// <summary>Why a call stopped or waits.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Detail">A sentence.</param>
internal sealed record CallFailure(string Code, string Detail)
{
    /// <summary>Failed tries of the upload, where it is the upload that is tried again.</summary>
    public int? UploadTries { get; init; }

    /// <summary>When the upload tries again.</summary>
    public DateTimeOffset? UploadDueAt { get; init; }
}
