using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary>
/// Sessions in the store. Each request reads its own: a sign-out counts in every replica at once. Every member throws
/// <see cref="StoreUnavailableException"/>.
/// </summary>
internal sealed class SessionStore(RedisStore store, StoreCipher cipher, Randomness randomness, TimeProvider time)
{
    /// <summary>The sliding end is moved at most this often, so that most requests only read.</summary>
    private static readonly TimeSpan Slide = TimeSpan.FromMinutes(5);

    /// <summary>Keeps a new session; answers with its id, which is nowhere else.</summary>
    public async Task<string> BeginAsync(Session session, CancellationToken cancellationToken)
    {
        Span<byte> bytes = stackalloc byte[32];
        randomness.Fill(bytes);
        var id = Base64Url.EncodeToString(bytes);
        var hash = Hash(id);
        var value = cipher.Encrypt(new Secret(JsonSerializer.Serialize(session, JsonSerializerOptions.Web)), Context(hash));
        await store.QueryAsync(database => database.StringSetAsync(ConsoleKeys.Session(hash), value, Session.Idle), cancellationToken);
        return id;
    }

    /// <summary>The session of that id, or null when it has ended.</summary>
    public async Task<Session?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (id.Length is 0 or > 100)
        {
            return null;
        }

        var hash = Hash(id);
        var kept = await store.QueryAsync(database => database.StringGetWithExpiryAsync(ConsoleKeys.Session(hash)), cancellationToken);
        if (cipher.Decrypt(kept.Value, Context(hash)) is not { } value
            || JsonSerializer.Deserialize<Session>(value.Reveal(), JsonSerializerOptions.Web) is not { } session)
        {
            return null;
        }

        var left = session.Began + Session.Longest - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        var ends = left < Session.Idle ? left : Session.Idle;
        if (kept.Expiry is not { } expiry || expiry > ends || ends - expiry > Slide)
        {
            await store.QueryAsync(database => database.KeyExpireAsync(ConsoleKeys.Session(hash), ends), cancellationToken);
        }

        return session;
    }

    /// <summary>Ends it.</summary>
    public Task EndAsync(string id, CancellationToken cancellationToken) =>
        store.QueryAsync(database => database.KeyDeleteAsync(ConsoleKeys.Session(Hash(id))), cancellationToken);

    private static string Hash(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private static string Context(string hash) => "console-session|" + hash;
}
