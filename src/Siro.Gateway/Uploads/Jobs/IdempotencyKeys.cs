using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>Which upload a key stands for.</summary>
internal sealed record KeyBinding(OrganizationKey Organization, string Upload);

/// <summary>
/// Idempotency keys in the store, kept for 24 hours. A key is bound to an upload's id before the upload is stored, and the id decides the
/// rest:
/// of two requests that store one id, one makes it and the other finds it.
/// </summary>
internal sealed class IdempotencyKeys(RedisStore store)
{
    private static readonly RedisScript Bind = RedisScript.Load("Uploads/Scripts/bind");

    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>
    /// Binds the key to the proposed upload unless it is bound, or bound to <paramref name="replaceable"/>; answers with what is in force.
    /// </summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<KeyBinding> BindAsync(
        IdempotencyKey key, ClientName client, KeyBinding proposed, string? replaceable, CancellationToken cancellationToken)
    {
        var answer = await store.CommitAsync(
            Bind,
            [UploadKeys.IdempotencyKey(key.Hash(client))],
            [proposed.Organization.Value, proposed.Upload, replaceable ?? "", (long)Kept.TotalMilliseconds],
            cancellationToken);
        return new KeyBinding(new OrganizationKey((string)answer[0]!), (string)answer[1]!);
    }

    /// <summary>What the key is bound to, or null.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<KeyBinding?> FindAsync(IdempotencyKey key, ClientName client, CancellationToken cancellationToken)
    {
        var held = await store.QueryAsync(
            db => db.HashGetAsync(UploadKeys.IdempotencyKey(key.Hash(client)), ["organization", "upload"]), cancellationToken);
        return held is [{ HasValue: true } organization, { HasValue: true } upload]
            ? new KeyBinding(new OrganizationKey(organization!), upload!)
            : null;
    }
}
