using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;

namespace Siro.Gateway.Alerts;

/// <summary>
/// Asks the sources and keeps the episodes: in every replica those of its own view, in the one that holds the lease those that all see
/// alike, and what has ended. What is to be told is stored as a job of a stable name before it is noted as told, so that a replica that
/// dies in between loses and repeats nothing.
/// </summary>
internal sealed class AlertWatch(
    IEnumerable<IAlertSource> sources, AlertStore store, JobQueues queues, ILeases leases, ISettings<AlertsOptions> settings,
    ISettings<SiroOptions> siro, AlertMetrics metrics,
    ILogger<AlertWatch> logger) : PeriodicService(queues.Clock.Time, logger)
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private readonly IAlertSource[] _sources = [.. sources];
    private Lease? _lease;

    // A replica that has just started knows nothing yet.
    protected override bool PausesFirst => true;

    protected override TimeSpan Pause => settings.Current.Interval;

    protected override Task RoundAsync(CancellationToken stoppingToken) =>
        settings.Current.Enabled ? CheckAsync(stoppingToken) : Task.CompletedTask;

    protected override async Task EndAsync()
    {
        if (_lease is not null)
        {
            await _lease.DisposeAsync();
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var leads = await LeadsAsync(cancellationToken);
        var seen = new HashSet<(string Scope, AlertKey Key)>();
        foreach (var source in _sources.Where(s => leads || !s.IsShared))
        {
            foreach (var signal in await source.ReadAsync(cancellationToken))
            {
                var scope = signal.Organization?.Value ?? AlertStore.Fleet;
                seen.Add((scope, signal.Key));
                await StandsAsync(scope, signal.Key, signal.Level, signal.Detail, cancellationToken);
            }
        }

        if (leads)
        {
            await EndAsync(seen, cancellationToken);
        }
        else
        {
            metrics.Open = null;
        }
    }

    /// <summary>What nobody sees any more has ended.</summary>
    private async Task EndAsync(HashSet<(string Scope, AlertKey Key)> seen, CancellationToken cancellationToken)
    {
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var scope in siro.Current.Organizations.Keys.Select(k => new OrganizationKey(k).Value).Append(AlertStore.Fleet))
        {
            foreach (var alert in await store.OpenAsync(scope, cancellationToken))
            {
                var kind = alert.Key.Kind;
                var shared = _sources.First(s => s.Kind == kind).IsShared;
                if (!seen.Contains((scope, alert.Key)) && (shared || alert.Unseen > settings.Current.Quiet))
                {
                    await StandsAsync(scope, alert.Key, 0, alert.Detail, cancellationToken);
                }
                else
                {
                    open[kind.Firing] = open.GetValueOrDefault(kind.Firing) + 1;
                }
            }
        }

        metrics.Open = open;
    }

    private async Task StandsAsync(string scope, AlertKey key, int level, string detail, CancellationToken cancellationToken)
    {
        if (await store.ObserveAsync(scope, key, level, detail, cancellationToken) is not { } episode)
        {
            return;
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"{episode.Id}.{episode.Level}");
        var data = new AlertData
        {
            Kind = key.Kind.Firing,
            Subject = key.Subject,
            Episode = episode.Id,
            Level = episode.Level,
            Since = episode.Since,
            Detail = detail,
        };
        await queues.Queue(AlertJob.Declaration, scope).EnqueueAsync(
            new NewJob<AlertData>(new JobId(id), data) { KeepFor = TimeSpan.FromDays(1) }, new OperationId(id), cancellationToken);
        await store.ToldAsync(scope, key, episode, cancellationToken);
    }

    private async Task<bool> LeadsAsync(CancellationToken cancellationToken)
    {
        if (_lease is { IsHeld: true })
        {
            return true;
        }

        if (_lease is not null)
        {
            await _lease.DisposeAsync();
        }

        _lease = await leases.TryAcquireAsync("alerts:watch", LeaseTime, cancellationToken);
        return _lease is not null;
    }
}
