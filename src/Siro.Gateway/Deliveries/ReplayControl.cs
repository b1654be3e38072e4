using Siro.Gateway.Store;

namespace Siro.Gateway.Deliveries;

/// <summary>What somebody asked of a replay while it runs. It is read between two steps: a running job is nobody's to edit.</summary>
internal sealed class ReplayControl(RedisStore store)
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("replay:ID", "asked", KeyType.String, "a day", "that somebody asked a replay to pause or to end"),
    ];

    public const string Pause = "pause";
    public const string Cancel = "cancel";

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary><see cref="Pause"/>, <see cref="Cancel"/>, or null. Throws <see cref="StoreUnavailableException"/>.</summary>
    public async Task<string?> ReadAsync(string replay, CancellationToken cancellationToken) =>
        await store.QueryAsync(database => database.StringGetAsync(Key(replay)), cancellationToken);

    /// <summary>Asks it. Throws <see cref="StoreUnavailableException"/>.</summary>
    public Task AskAsync(string replay, string what, CancellationToken cancellationToken) =>
        store.QueryAsync(database => database.StringSetAsync(Key(replay), what, Kept), cancellationToken);

    /// <summary>Asks nothing any more. Throws <see cref="StoreUnavailableException"/>.</summary>
    public Task ClearAsync(string replay, CancellationToken cancellationToken) =>
        store.QueryAsync(database => database.KeyDeleteAsync(Key(replay)), cancellationToken);

    private static string Key(string replay) => StoreKeys.Key("replay:" + replay, "asked");
}
