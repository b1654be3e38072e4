namespace Siro.Gateway.Jobs;

/// <summary>A kind's state words, as they are stored and shown.</summary>
/// <param name="First">What a new job is in, and one that a person tries again.</param>
/// <param name="Active">Further ones in which it goes on by itself.</param>
/// <param name="Stopped">It ended badly, or waits for a person.</param>
/// <param name="Done">It ended well.</param>
internal sealed record JobStates(string First, IReadOnlyList<string> Active, IReadOnlyList<string> Stopped, IReadOnlyList<string> Done)
{
    public IReadOnlyList<string> All { get; } = [First, .. Active, .. Done, .. Stopped];

    /// <summary>All in which it goes on by itself.</summary>
    public IReadOnlyList<string> UnderWay { get; } = [First, .. Active];

    public bool IsStopped(string? state) => Stopped.Contains(state, StringComparer.Ordinal);
}
