namespace Siro.Gateway.Benchmarks.Hub;

/// <summary>How much a run of <c>hub</c> measures. The defaults take about six minutes, <see cref="Quick"/> about one.</summary>
internal sealed record HubOptions
{
    /// <summary>Rounds; in each, gateway and bare loop have one turn for each number of subscribers.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Deliveries in a turn.</summary>
    public int Deliveries { get; init; } = 10_000;

    /// <summary>Replicas of the gateway, on the same machine; events are stored by the first.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Subscribers of one event, one turn for each number.</summary>
    public IReadOnlyList<int> Subscribers { get; init; } = [1, 10, 100];

    /// <summary>Sizes of the replays.</summary>
    public IReadOnlyList<int> Replays { get; init; } = [20_000, 100_000];

    /// <summary>Connections that send events, and requests that the bare loop has under way.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Live events a second while a replay runs.</summary>
    public int Pace { get; init; } = 20;

    /// <summary>The longest that one turn may take.</summary>
    public TimeSpan Most { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>One round of everything, small.</summary>
    public static HubOptions Quick { get; } = new() { Rounds = 1, Deliveries = 4000, Replays = [4000], Most = TimeSpan.FromSeconds(60) };
}
