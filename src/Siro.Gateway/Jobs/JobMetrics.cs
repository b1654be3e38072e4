using System.Diagnostics.Metrics;

namespace Siro.Gateway.Jobs;

/// <summary>The job engine's measurements. The only tags are the kind and, for ends, the outcome.</summary>
internal sealed class JobMetrics
{
    private readonly Counter<long> _claimed;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _lost;
    private readonly Histogram<double> _age;
    private readonly Histogram<double> _duration;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Siro.Gateway");
        _claimed = meter.CreateCounter<long>("siro.gateway.jobs.claimed", "{job}", "Jobs claimed, retries included.");
        _ended = meter.CreateCounter<long>(
            "siro.gateway.jobs.ended", "{job}", "Runs of jobs by outcome: done, failed, retry, park, give_back, settled.");
        _lost = meter.CreateCounter<long>(
            "siro.gateway.jobs.leases_lost", "{job}", "Runs whose lease was lost: another replica may have run the job too.");
        _age = meter.CreateHistogram<double>(
            "siro.gateway.jobs.queue_age", "s", "How long the longest waiting due job of a partition had been due when it was looked at.");
        _duration = meter.CreateHistogram<double>("siro.gateway.jobs.duration", "s", "How long a run took.");
    }

    public void Claimed(JobKind kind, int count, TimeSpan age)
    {
        _claimed.Add(count, new KeyValuePair<string, object?>("kind", kind.Value));
        _age.Record(age.TotalSeconds, new KeyValuePair<string, object?>("kind", kind.Value));
    }

    public void Ended(JobKind kind, JobOutcomeKind outcome, TimeSpan duration)
    {
        var word = outcome switch
        {
            JobOutcomeKind.Done => "done",
            JobOutcomeKind.Failed => "failed",
            JobOutcomeKind.Retry => "retry",
            JobOutcomeKind.Park => "park",
            JobOutcomeKind.GiveBack => "give_back",
            _ => "settled",
        };
        _ended.Add(1, new KeyValuePair<string, object?>("kind", kind.Value), new KeyValuePair<string, object?>("outcome", word));
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("kind", kind.Value));
    }

    public void Lost(JobKind kind) => _lost.Add(1, new KeyValuePair<string, object?>("kind", kind.Value));
}
