using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>A delivery as callers see it; <see cref="Attempts"/> only where one is asked for.</summary>
internal sealed record DeliveryView(
    string Id,
    string EventId,
    string SubscriptionId,
    string Status,
    string? Type,
    string? RecordingId,
    bool Replay,
    int AttemptCount,
    int? LastStatus,
    string? LastError,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? NextAttemptAt,
    IReadOnlyList<Attempt>? Attempts)
{
    public static DeliveryView Of(StoredJob<DeliveryData> job, SubscriptionId subscription, bool withAttempts)
    {
        var attempts = Attempt.Read(job.Data.Attempts);
        return new DeliveryView(
            new DeliveryId(job.Id.Value, subscription).ToString(),
            DeliveryJob.EventOf(job.Id),
            subscription.Value,
            job.State,
            job.Data.Type,
            job.Data.RecordingId,
            job.Data.Replay,
            attempts.Count,
            attempts.LastOrDefault()?.Status,
            attempts.LastOrDefault()?.Error,
            job.CreatedAt,
            job.UpdatedAt,
            job.Phase == JobPhase.Queued ? job.DueAt : null,
            withAttempts ? attempts : null);
    }
}
