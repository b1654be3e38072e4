namespace Siro.Gateway.Store;

internal static partial class StoreKeys
{
    internal static class Uploads
    {
        /// <summary>String: the name of the create contract that last worked for an organization.</summary>
        public static string Contract(string organization) => Key("uploads:contract:" + organization, "name");

        /// <summary>Hash: organization, upload; which upload an idempotency key stands for. <paramref name="hash"/> is the SHA-256 of client and key.</summary>
        public static string IdempotencyKey(string hash) => Key("uploads:key:" + hash, "upload");
    }
}
