namespace Siro.Gateway.Sync;

/// <summary>The section <c>Sync</c>.</summary>
public sealed class SyncOptions
{
    /// <summary>Items in one call to Siro's batch operations, 1 to 1000. Default 100.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>Items in one request, 1 to 100,000. Default 10,000.</summary>
    public int MaxItems { get; set; } = 10_000;

    /// <summary>Bytes of one request's body. Default 64 MiB.</summary>
    public long MaxBodyBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of one item. Default 256 KiB.</summary>
    public int MaxItemBytes { get; set; } = 256 * 1024;
}
