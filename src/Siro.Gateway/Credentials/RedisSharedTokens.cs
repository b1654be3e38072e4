using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Store.PubSub;
using StackExchange.Redis;

namespace Siro.Gateway.Credentials;

/// <summary>
/// The fleet's tokens in Redis: encrypted, bound to their key, expiring with the token, written by the holder of the latest lease alone.
/// </summary>
internal sealed partial class RedisSharedTokens(
    RedisStore store, ILeases leases, IPubSub pubSub, StoreCipher cipher, TimeProvider time, CredentialTimings timings,
    ILogger<RedisSharedTokens> logger) : ISharedTokens
{
    private static readonly RedisScript FindScript = RedisScript.Load("Credentials/Scripts/find");
    private static readonly RedisScript BeginScript = RedisScript.Load("Credentials/Scripts/begin");
    private static readonly RedisScript KeepScript = RedisScript.Load("Credentials/Scripts/keep");
    private static readonly RedisScript RefuseScript = RedisScript.Load("Credentials/Scripts/refuse");
    private static readonly RedisScript ReplaceScript = RedisScript.Load("Credentials/Scripts/replace");

    /// <summary>Fences follow the store's clock, so one that is forgotten is still smaller than any later one.</summary>
    private static readonly TimeSpan FenceKept = TimeSpan.FromHours(1);

    public async Task<SharedTokenState> FindAsync(TokenKey key, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var answer = await store.RunAsync(FindScript, [Token(key), Blocked(key)], [], cancellationToken);
        return await ReadAsync(key, answer, asked, cancellationToken);
    }

    public async Task<IMintLease?> TryLeaseMintAsync(TokenKey key, CancellationToken cancellationToken)
    {
        var lease = await leases.TryAcquireAsync(TokenKeys.Lease(key.Name), timings.Lease, cancellationToken);
        if (lease is null)
        {
            return null;
        }

        try
        {
            var asked = time.GetTimestamp();
            var answer = await store.RunAsync(
                BeginScript, [Token(key), Blocked(key), Fence(key)], [lease.Fence, Milliseconds(FenceKept)], cancellationToken);
            if (answer.Length == 0)
            {
                await lease.DisposeAsync();
                return null;
            }

            return new MintLease(this, key, lease, await ReadAsync(key, answer, asked, cancellationToken));
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    public async Task<(RefusalVerdict Verdict, TimeSpan Guard)> RefuseAsync(
        TokenKey key, string tokenId, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(
            RefuseScript, [Token(key), TokenKeys.Guard(key.Name)], [tokenId, Milliseconds(timings.Guard)], cancellationToken);
        return ((string?)answer[0] switch
        {
            "newer" => RefusalVerdict.Newer,
            "handled" => RefusalVerdict.Handled,
            "dropped" => RefusalVerdict.Dropped,
            _ => RefusalVerdict.Guarded,
        }, TimeSpan.FromMilliseconds(Math.Max(0, (long)answer[1])));
    }

    public Task BarAsync(TokenKey key, CancellationToken cancellationToken) =>
        store.QueryAsync(database => database.StringSetAsync(Blocked(key), "1", timings.Blocked), cancellationToken);

    public async ValueTask AnnounceDropAsync(TokenKey key, string tokenId) =>
        await pubSub.PublishAsync(TokenKeys.Channel, $"{key.Name} {tokenId}");

    public IDisposable Follow(Action<string, string?> changed) => pubSub.Subscribe(TokenKeys.Channel, payload =>
    {
        var space = payload.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
        {
            changed(payload, null);
        }
        else
        {
            changed(payload[..space], payload[(space + 1)..]);
        }
    });

    private static RedisKey Token(TokenKey key) => TokenKeys.Token(key.Name);

    private static RedisKey Blocked(TokenKey key) => TokenKeys.Blocked(key.Name);

    private static RedisKey Fence(TokenKey key) => TokenKeys.Fence(key.Name);

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    /// <param name="asked">The timestamp from before the question: the token's time left is counted from there, so never too long.</param>
    private async Task<SharedTokenState> ReadAsync(TokenKey key, RedisResult answer, long asked, CancellationToken cancellationToken)
    {
        var blocked = (long)answer[4];
        var state = new SharedTokenState(null, blocked > 0 ? TimeSpan.FromMilliseconds(blocked) : null);
        var sealedValue = (string?)answer[0];
        if (sealedValue is null)
        {
            return state;
        }

        var opened = Open(cipher.Decrypt(sealedValue, key.Context));
        if (opened is null || !long.TryParse((string?)answer[2], NumberStyles.None, CultureInfo.InvariantCulture, out var life))
        {
            // Changed, copied from elsewhere, or of a key that is not configured any more: nothing to be saved.
            Log.Unreadable(logger, key.Organization);
            await store.RunAsync(ReplaceScript, [Token(key)], [sealedValue, ""], cancellationToken);
            return state;
        }

        if (cipher.IsOutdated(sealedValue))
        {
            await store.RunAsync(
                ReplaceScript, [Token(key)], [sealedValue, Seal(key, opened.Value, opened.AccessTokenId)], cancellationToken);
        }

        return state with { Token = opened with { Life = TimeSpan.FromMilliseconds(life),
            Left = TimeSpan.FromMilliseconds(Math.Max(0, (long)answer[3])), SeenAt = asked } };
    }

    private async Task<bool> KeepAsync(TokenKey key, long fence, ObtainedToken token, CancellationToken cancellationToken)
    {
        var left = token.Left - time.GetElapsedTime(token.SeenAt);
        if (left < TimeSpan.FromMilliseconds(1))
        {
            return false;
        }

        var answer = await store.RunAsync(
            KeepScript,
            [Token(key), Blocked(key), Fence(key)],
            [fence, Seal(key, token.Value, token.AccessTokenId), TokenHash.Of(token.Value), Milliseconds(token.Life), Milliseconds(left)],
            cancellationToken);
        return (int)answer == 1;
    }

    private ValueTask<bool> AnnounceAsync(TokenKey key) => pubSub.PublishAsync(TokenKeys.Channel, key.Name);

    private string Seal(TokenKey key, Secret token, string accessTokenId) =>
        cipher.Encrypt(new Secret(JsonSerializer.Serialize(new Sealed(token.Reveal(), accessTokenId))), key.Context);

    private static ObtainedToken? Open(Secret? plain) =>
        plain is not null && JsonSerializer.Deserialize<Sealed>(plain.Reveal()) is { } opened
            ? new ObtainedToken(new Secret(opened.Token), opened.Id, default, default, default)
            : null;

    /// <summary>What is encrypted.</summary>
    private sealed record Sealed(string Token, string Id);

    private sealed class MintLease(RedisSharedTokens tokens, TokenKey key, Lease lease, SharedTokenState state) : IMintLease
    {
        public SharedTokenState State { get; } = state;

        public Task<bool> KeepAsync(ObtainedToken token, CancellationToken cancellationToken) =>
            tokens.KeepAsync(key, lease.Fence, token, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            // The lease first: who is woken may want it.
            await lease.DisposeAsync();
            await tokens.AnnounceAsync(key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1401, LogLevel.Warning,
            "A stored token of {Organization} can't be read with the configured keys and was dropped; it is minted again")]
        public static partial void Unreadable(ILogger logger, OrganizationKey organization);
    }
}
