namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>How much a run of <c>webhooks</c> measures; the defaults take about two and a half minutes.</summary>
internal sealed record WebhooksOptions
{
    /// <summary>Rounds; in each, both sides have one turn.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Length of a turn of acknowledging.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Connections that send events, and connections of redis-benchmark.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Deliveries in a turn.</summary>
    public int Deliveries { get; init; } = 5000;

    /// <summary>Events a second while the way from acknowledgement to delivery is timed.</summary>
    public int Pace { get; init; } = 50;

    /// <summary>Events of which the way is timed.</summary>
    public int Timed { get; init; } = 1000;
}
