namespace Siro.Gateway.Uploads.Jobs;

/// <summary>The state words of an upload, as they are stored and shown.</summary>
internal static class UploadState
{
    /// <summary>The whole file is in a replica's spool and right; nothing is acknowledged yet.</summary>
    public const string Received = "received";

    /// <summary>Siro signed a URL for it.</summary>
    public const string Signed = "signed";

    /// <summary>The bytes are at Siro's storage: from here on any replica can finish it.</summary>
    public const string Stored = "stored";

    /// <summary>Written before the create request is sent: a process that dies from here on leaves it in doubt.</summary>
    public const string Creating = "creating";

    /// <summary>Siro said the recording's id.</summary>
    public const string Created = "created";

    /// <summary>Refused for good; no recording was made.</summary>
    public const string Failed = "failed";

    /// <summary>Siro may have made the recording, or not: only an explicit retry creates again.</summary>
    public const string Uncertain = "uncertain";

    /// <summary>
    /// The replica that had the bytes is gone and they had not reached the storage; no recording was made. Nobody was told that it would
    /// be.
    /// </summary>
    public const string BytesExpired = "bytes_expired";

    /// <summary>True when nothing more happens by itself.</summary>
    public static bool IsEnd(string state) => state is Created or Failed or Uncertain or BytesExpired;

    /// <summary>True when the bytes are at the storage.</summary>
    public static bool HasBytes(string state) => state is Stored or Creating or Created or Uncertain;
}
