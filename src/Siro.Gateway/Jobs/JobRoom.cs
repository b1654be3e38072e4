namespace Siro.Gateway.Jobs;

/// <summary>Room that a run keeps for jobs which are about to be stored, until <see cref="PartitionRun.Take"/>.</summary>
/// <param name="Most">How many it takes.</param>
/// <param name="Held">How many of the queue's jobs it holds for certain.</param>
/// <param name="Concurrency">The queue's limit over the whole fleet; null: none.</param>
internal sealed record JobRoom(PartitionRun Run, WorkerId Owner, TimeSpan Lease, int Most, int Held, int? Concurrency);
