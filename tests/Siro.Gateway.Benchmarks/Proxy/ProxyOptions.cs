namespace Siro.Gateway.Benchmarks.Proxy;

/// <summary>How much a run measures; the defaults take about five minutes.</summary>
internal sealed record ProxyOptions
{
    /// <summary>Rounds; in each, every contender has one turn.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>Length of a turn under load.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Warm-up of each .NET contender: tiered compilation settles after about 20 s.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Length of a turn on one connection, and of one at a tenth of bare YARP's rate.</summary>
    public TimeSpan QuietLease { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the gateway is called by JWT too, and nginx has turns.</summary>
    public bool Everybody { get; init; } = true;

    /// <summary>Connections under load, one request at a time on each.</summary>
    public int Connections { get; init; } = 64;
}
