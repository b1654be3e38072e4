using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Alerts;

/// <summary>An episode that has something to tell.</summary>
/// <param name="Id">Its name, once for the whole fleet.</param>
/// <param name="Level">Where it stands; 0: it is over.</param>
/// <param name="Told">The level that was told last; 0: none yet.</param>
internal sealed record AlertEpisode(string Id, int Level, int Told, DateTimeOffset Since);

/// <summary>An episode as it is kept.</summary>
internal sealed record OpenAlert(AlertKey Key, int Level, DateTimeOffset Since, TimeSpan Unseen, string Detail);

/// <summary>The episodes of the fleet, a hash for each scope. Every member throws <see cref="StoreUnavailableException"/>.</summary>
internal sealed class AlertStore(RedisStore store, Randomness randomness)
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("alerts:SCOPE", "episodes", KeyType.Hash, "90 days", "open alerts of an organization, or of all"),
    ];

    private static readonly RedisScript Observe = RedisScript.Load("Alerts/Scripts/observe");
    private static readonly RedisScript Told = RedisScript.Load("Alerts/Scripts/told");
    private static readonly RedisScript Open = RedisScript.Load("Alerts/Scripts/open");

    /// <summary>The scope of what concerns all organizations; no organization is called so.</summary>
    public const string Fleet = "*";

    /// <summary>Notes how an alert stands; null where there is nothing to tell.</summary>
    public async Task<AlertEpisode?> ObserveAsync(string scope, AlertKey key, int level, string detail, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(Observe, [Key(scope)], [key.ToString(), level, randomness.Id("alr"), detail], cancellationToken);
        return answer.Length == 0
            ? null
            : new AlertEpisode(
                (string)answer[0]!, Number(answer[1]), Number(answer[2]),
                DateTimeOffset.FromUnixTimeMilliseconds(long.Parse((string)answer[3]!, CultureInfo.InvariantCulture)));
    }

    /// <summary>Notes that a level was handed on.</summary>
    public Task ToldAsync(string scope, AlertKey key, AlertEpisode episode, CancellationToken cancellationToken) =>
        store.RunAsync(Told, [Key(scope)], [key.ToString(), episode.Id, episode.Level], cancellationToken);

    /// <summary>All that have begun and are not over.</summary>
    public async Task<IReadOnlyList<OpenAlert>> OpenAsync(string scope, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(Open, [Key(scope)], [], cancellationToken);
        var now = long.Parse((string)answer[0]!, CultureInfo.InvariantCulture);
        var fields = (RedisValue[])answer[1]!;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < fields.Length; i += 2)
        {
            values[fields[i]!] = fields[i + 1]!;
        }

        return [.. values.Where(v => v.Key.StartsWith("e:", StringComparison.Ordinal)).Select(v =>
        {
            var parts = v.Value.Split(' ');
            var seen = long.Parse(parts[3], CultureInfo.InvariantCulture);
            return new OpenAlert(
                AlertKey.Parse(v.Key[2..]), int.Parse(parts[1], CultureInfo.InvariantCulture),
                DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[4], CultureInfo.InvariantCulture)),
                    TimeSpan.FromMilliseconds(now - seen), values.GetValueOrDefault("d:" + v.Key[2..]) ?? "");
        })];
    }

    private static RedisKey Key(string scope) => StoreKeys.Key("alerts:" + scope, "episodes");

    private static int Number(RedisResult result) => int.Parse((string)result!, CultureInfo.InvariantCulture);
}
