using Siro.Gateway.Store;

namespace Siro.Gateway.Budget;

/// <summary>One slot for the whole budget: a token's script also reads who of the fleet is alive.</summary>
internal static class BudgetKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("budget", "replicas", KeyType.SortedSet, null, "replicas by the end of their heartbeat"),
        new("budget", "epoch", KeyType.Hash, null, "names one unbroken life of the budget's counters"),
        new("budget", "closed", KeyType.SortedSet, null, "tokens on which nobody sends, by until when"),
        new("budget", "pressed", KeyType.SortedSet, "2 hours", "tokens on which somebody waits, by until when"),
        new("budget", "loads", KeyType.Hash, null, "tokens of which more than an eighth is taken"),
        new("budget", "slots:TOKEN", KeyType.Hash, "three windows and a minute or two", "a token's slots by the moment they end"),
        new("budget", "holders:TOKEN", KeyType.Hash, "three windows and a minute or two", "what each replica holds of a token"),
        new("budget", "flows:TOKEN", KeyType.Hash, "three windows and a minute or two", "a token's waiting clients"),
        new("budget", "closing:TOKEN", KeyType.Hash, "a while after the last 429", "how often Siro refused a token lately"),
    ];

    /// <summary>Sorted set: replica, end of its heartbeat (ms, the store's clock).</summary>
    public static readonly string Replicas = StoreKeys.Key("budget", "replicas");

    /// <summary>Hash: id, open, lost, beats.</summary>
    public static readonly string Epoch = StoreKeys.Key("budget", "epoch");

    /// <summary>Sorted set: token, until when nobody sends on it.</summary>
    public static readonly string Closed = StoreKeys.Key("budget", "closed");

    /// <summary>Sorted set: token on which somebody waits, until.</summary>
    public static readonly string Pressed = StoreKeys.Key("budget", "pressed");

    /// <summary>Hash: token of which more than an eighth is taken, how many slots and until when that holds.</summary>
    public static readonly string Loads = StoreKeys.Key("budget", "loads");

    /// <summary>Hash: a token's slots by the bucket in which they end.</summary>
    public static string Slots(string token) => StoreKeys.Key("budget", "slots:" + token);

    /// <summary>Hash: what each replica holds of a token.</summary>
    public static string Holders(string token) => StoreKeys.Key("budget", "holders:" + token);

    /// <summary>Hash: a token's flows.</summary>
    public static string Flows(string token) => StoreKeys.Key("budget", "flows:" + token);

    /// <summary>Hash: how often a token was closed lately.</summary>
    public static string Closing(string token) => StoreKeys.Key("budget", "closing:" + token);
}
