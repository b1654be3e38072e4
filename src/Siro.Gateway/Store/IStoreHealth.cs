namespace Siro.Gateway.Store;

/// <summary>How the store is, for readiness, the console and <c>doctor</c>.</summary>
internal interface IStoreHealth
{
    /// <summary>What the last command or probe found, without asking the store.</summary>
    StoreStatus Current { get; }

    /// <summary>Asks the store now (a PING, at most about a second).</summary>
    Task<StoreStatus> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>What one check of the store found.</summary>
/// <param name="Latency">Round trip of the last probe; null when it failed or none has run.</param>
/// <param name="LastError">Why the store was last unavailable, without addresses or secrets; null when never.</param>
/// <param name="Durability">Whether the server keeps what <c>Store:Durability</c> promises.</param>
internal sealed record StoreStatus(bool Available, TimeSpan? Latency, string? LastError, DurabilityVerdict Durability);

/// <summary>Whether the server keeps what <c>Store:Durability</c> promises.</summary>
internal enum DurabilityVerdict
{
    /// <summary>Not asked yet: the store was never reached.</summary>
    NotChecked,

    /// <summary>The server does what is promised.</summary>
    Kept,

    /// <summary>The server's settings break the promise: acknowledged work can be lost.</summary>
    Broken,

    /// <summary>The server does not tell its settings (a managed Redis, Garnet): the operator must know.</summary>
    Unknown,
}
