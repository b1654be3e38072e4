using System.Globalization;
using Siro.Gateway.Common;

namespace Siro.Gateway.Store;

/// <summary>The section <c>Redis</c>.</summary>
internal sealed class RedisOptions
{
    /// <summary>
    /// StackExchange.Redis's own string: hosts, <c>serviceName=</c> for Sentinel, user and password. Required. Read at the start.
    /// </summary>
    public Secret? Configuration { get; set; }
}

/// <summary>The section <c>Store</c>. Read at the start.</summary>
internal sealed class StoreOptions
{
    /// <summary><c>fsync</c> (default), <c>replicas:N</c> with N from 1 to 9, or <c>relaxed</c>.</summary>
    public string Durability { get; set; } = "fsync";

    /// <summary>Base64 of 32 bytes each, at least one; the first encrypts, all decrypt.</summary>
    public List<Secret> EncryptionKeys { get; set; } = [];
}

/// <summary>When a write counts as kept.</summary>
internal enum DurabilityMode
{
    /// <summary>The server writes its log to disk before it answers (Redis: appendfsync always; Garnet: AOF with commit wait).</summary>
    Fsync,

    /// <summary>A number of replicas have confirmed the write.</summary>
    Replicas,

    /// <summary>The server's answer is enough. For trials.</summary>
    Relaxed,
}

/// <summary>A parsed <see cref="StoreOptions.Durability"/>.</summary>
/// <param name="Replicas">How many replicas must confirm; 0 unless <paramref name="Mode"/> is
/// <see cref="DurabilityMode.Replicas"/>.</param>
internal sealed record StoreDurability(DurabilityMode Mode, int Replicas)
{
    /// <summary>For a text that was checked before; anything else is taken as the strictest.</summary>
    public static StoreDurability Parse(string? text) =>
        TryParse(text, out var durability) ? durability : new StoreDurability(DurabilityMode.Fsync, 0);

    public static bool TryParse(string? text, out StoreDurability durability)
    {
        durability = new StoreDurability(DurabilityMode.Fsync, 0);
        switch (text?.Trim())
        {
            case "fsync":
                durability = new StoreDurability(DurabilityMode.Fsync, 0);
                return true;
            case "relaxed":
                durability = new StoreDurability(DurabilityMode.Relaxed, 0);
                return true;
            case { } other when other.StartsWith("replicas:", StringComparison.Ordinal)
                && int.TryParse(other.AsSpan("replicas:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                && count is >= 1 and <= 9:
                durability = new StoreDurability(DurabilityMode.Replicas, count);
                return true;
            default:
                return false;
        }
    }

    public override string ToString() => Mode switch
    {
        DurabilityMode.Fsync => "fsync",
        DurabilityMode.Relaxed => "relaxed",
        _ => string.Create(CultureInfo.InvariantCulture, $"replicas:{Replicas}"),
    };
}
