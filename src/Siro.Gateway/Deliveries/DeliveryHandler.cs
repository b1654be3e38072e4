using System.Globalization;
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
    ILogger<DeliveryHandler> logger) : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
    {
        var (organization, id) = Parse(job.Job.Partition);
        var options = settings.Current;
        var eventId = DeliveryKind.EventOf(job.Job.Id);
        if (await registry.FindAsync(organization, id, cancellationToken) is not { IsPull: false } subscription)
        {
            return JobOutcome.Done(DeliveryState.Dropped);
        }

        var replay = job.Job[DeliveryField.Replay] == "1";
        if (!subscription.Enabled)
        {
            metrics.Finished(job.Job.Partition, DeliveryState.Skipped);
            return JobOutcome.Park(DeliveryState.Skipped, keepFor: options.Retention);
        }

        var body = await bodies.GetAsync(subscription, eventId, cancellationToken);
        if (body.Wait is { } wait)
        {
            return JobOutcome.RetryAfter(wait);
        }

        if (body.Bytes is not { } bytes)
        {
            metrics.Finished(job.Job.Partition, DeliveryState.Expired);
            return JobOutcome.Failed(DeliveryState.Expired);
        }

        // Another may have it by now, after a pause of this process: then it is that one's to send.
        if (!job.IsHeld)
        {
            return JobOutcome.Settled;
        }

        var result = await sender.SendAsync(subscription, eventId, bytes, replay, cancellationToken);
        pace.Note(job.Job.Partition, result);
        metrics.Attempted(job.Job.Partition, result.Attempt.Error ?? "delivered", TimeSpan.FromMilliseconds(result.Attempt.DurationMs));
        Log.Attempted(logger, eventId, job.Job.Partition, result.Attempt.Error ?? "delivered", result.Attempt.Status, result.Attempt.DurationMs, replay);
        await health.NoteAsync(subscription, result, cancellationToken);
        return Outcome(job.Job, result, options);
    }

    /// <inheritdoc />
    public Task PrepareAsync(string partition, IReadOnlyList<Job> jobs, CancellationToken cancellationToken) =>
        log.ReadAheadAsync(Parse(partition).Organization, jobs.Select(j => DeliveryKind.EventOf(j.Id)), cancellationToken);

    /// <inheritdoc />
    public bool ComesLast(Job job) => job[DeliveryField.Replay] == "1";

    public JobLimits LimitsFor(string partition)
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

    private JobOutcome Outcome(Job job, AttemptResult result, WebhooksOptions options)
    {
        var failures = int.Parse(job[DeliveryField.Failures] ?? "0", CultureInfo.InvariantCulture) + (result.Attempt.Succeeded ? 0 : 1);
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [DeliveryField.Attempts] = Attempt.Append(job[DeliveryField.Attempts], result.Attempt),
            [DeliveryField.Failures] = failures.ToString(CultureInfo.InvariantCulture),
        };
        if (result.Attempt.Succeeded)
        {
            metrics.Finished(job.Partition, DeliveryState.Delivered);
            if (job[DeliveryField.Replay] != "1" && long.TryParse(job[DeliveryField.Number], out var number))
            {
                metrics.Delivered(time.GetUtcNow() - StoredEvent.TimeOf(number));
            }

            return JobOutcome.Done(DeliveryState.Delivered, fields);
        }

        if (RetryPlan.Next(options.Schedule, failures, result, randomness) is { } delay)
        {
            return JobOutcome.RetryAfter(delay, DeliveryState.Retrying, fields);
        }

        metrics.Finished(job.Partition, DeliveryState.Dead);
        return JobOutcome.Park(DeliveryState.Dead, fields, options.Retention);
    }

    private static (OrganizationKey Organization, SubscriptionId Id) Parse(string partition)
    {
        var slash = partition.LastIndexOf('/');
        return (new OrganizationKey(partition[..slash]), new SubscriptionId(partition[(slash + 1)..]));
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Information, "Delivery of {EventId} to {Subscription}: {Result}, status {Status}, {DurationMs} ms, replay {Replay}")]
        public static partial void Attempted(ILogger logger, string eventId, string subscription, string result, int? status, long durationMs, bool replay);
    }
}
