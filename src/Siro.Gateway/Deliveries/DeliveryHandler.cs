using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Runs deliveries: one attempt each time, and what follows from its result.</summary>
internal sealed partial class DeliveryHandler(
    SubscriptionRegistry registry,
    EndpointHealth health,
    EndpointPace pace,
    EventBody bodies,
    EventLog log,
    DeliverySender sender,
    Randomness randomness,
    TimeProvider time,
    ISettings<WebhooksOptions> settings,
    ISettings<SiroOptions> siro,
    WebhookMetrics metrics,
    ILogger<DeliveryHandler> logger) : IJobHandler<DeliveryData>
{
    public async Task<JobOutcome> RunAsync(JobClaim<DeliveryData> claim, CancellationToken cancellationToken)
    {
        var (organization, id) = Parse(claim.Partition);
        var options = settings.Current;
        var eventId = DeliveryJob.EventOf(claim.Job.Id);
        if (await registry.FindAsync(organization, id, cancellationToken) is not { IsPull: false } subscription)
        {
            return claim.Done(DeliveryState.Dropped);
        }

        var replay = claim.Data.Replay;
        if (!subscription.Enabled)
        {
            metrics.Finished(claim.Partition, DeliveryState.Skipped);
            return claim.Park(DeliveryState.Skipped, keepFor: options.Retention);
        }

        var body = await bodies.GetAsync(subscription, eventId, cancellationToken);
        if (body.Wait is { } wait)
        {
            return claim.RetryAfter(wait);
        }

        if (body.Bytes is not { } bytes)
        {
            metrics.Finished(claim.Partition, DeliveryState.Expired);
            return claim.Failed(DeliveryState.Expired);
        }

        // Another may have it by now, after a pause of this process: then it is that one's to send.
        if (!claim.IsHeld)
        {
            return JobOutcome.Settled;
        }

        var result = await sender.SendAsync(subscription, eventId, bytes, replay, cancellationToken);
        pace.Note(claim.Partition, result);
        metrics.Attempted(claim.Partition, result.Attempt.Error ?? "delivered", TimeSpan.FromMilliseconds(result.Attempt.DurationMs));
        var attempt = result.Attempt;
        Log.Attempted(logger, eventId, claim.Partition, attempt.Error ?? "delivered", attempt.Status, attempt.DurationMs, replay);
        await health.NoteAsync(subscription, result, cancellationToken);
        return Outcome(claim, result, options);
    }

    /// <inheritdoc />
    public Task PrepareAsync(string partition, IReadOnlyList<JobId> jobs, CancellationToken cancellationToken) =>
        log.ReadAheadAsync(Parse(partition).Organization, jobs.Select(DeliveryJob.EventOf), cancellationToken);

    /// <inheritdoc />
    public bool ComesLast(DeliveryData data) => data.Replay;

    public JobLimits? LimitsFor(string partition)
    {
        var (organization, id) = Parse(partition);
        var subscription = registry.Peek(organization)?.Find(id);
        return new JobLimits(subscription?.Concurrency ?? pace.Places(partition), subscription?.RatePerSecond);
    }

    public async ValueTask<IReadOnlyCollection<string>> PartitionsAsync(CancellationToken cancellationToken)
    {
        var partitions = new List<string>();
        foreach (var organization in siro.Current.Organizations.Keys.Select(k => new OrganizationKey(k)))
        {
            var snapshot = await registry.GetAsync(organization, cancellationToken);
            partitions.AddRange(snapshot.Subscriptions.Values.Where(s => !s.IsPull).Select(s => s.Partition));
        }

        return partitions;
    }

    private JobOutcome Outcome(JobClaim<DeliveryData> claim, AttemptResult result, WebhooksOptions options)
    {
        var data = claim.Data with
        {
            Attempts = Attempt.Append(claim.Data.Attempts, result.Attempt),
            Failures = claim.Data.Failures + (result.Attempt.Succeeded ? 0 : 1),
        };
        if (result.Attempt.Succeeded)
        {
            metrics.Finished(claim.Partition, DeliveryState.Delivered);
            if (data is { Replay: false, Number: { } number })
            {
                metrics.Delivered(time.GetUtcNow() - StoredEvent.TimeOf(number));
            }

            return claim.Done(DeliveryState.Delivered, data);
        }

        if (RetryPlan.Next(options.Schedule, data.Failures, result, randomness) is { } delay)
        {
            return claim.RetryAfter(delay, DeliveryState.Retrying, data);
        }

        metrics.Finished(claim.Partition, DeliveryState.Dead);
        return claim.Park(DeliveryState.Dead, data, options.Retention);
    }

    private static (OrganizationKey Organization, SubscriptionId Id) Parse(string partition)
    {
        var slash = partition.LastIndexOf('/');
        return (new OrganizationKey(partition[..slash]), new SubscriptionId(partition[(slash + 1)..]));
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Information,
            "Delivery of {EventId} to {Subscription}: {Result}, status {Status}, {DurationMs} ms, replay {Replay}")]
        public static partial void Attempted(
            ILogger logger, string eventId, string subscription, string result, int? status, long durationMs, bool replay);
    }
}
