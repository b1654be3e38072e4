using Siro.Gateway.Store;

namespace Siro.Gateway.Uploads;

internal static class UploadKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("uploads:contract:ORGANIZATION", "name", KeyType.String, "30 days", "which contract of the create request last worked"),
        new("uploads:key:HASH", "upload", KeyType.Hash, "24 hours", "the upload that an idempotency key stands for"),
    ];

    /// <summary>String: the name of the create contract that last worked for an organization.</summary>
    public static string Contract(string organization) => StoreKeys.Key("uploads:contract:" + organization, "name");

    /// <summary>
    /// Hash: organization, upload; which upload an idempotency key stands for. <paramref name="hash"/> is the SHA-256 of client and key.
    /// </summary>
    public static string IdempotencyKey(string hash) => StoreKeys.Key("uploads:key:" + hash, "upload");
}
