using System.Diagnostics.Metrics;
using Siro.Gateway.Common;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>What becomes of uploads, by organization and format; never by user or file.</summary>
internal sealed class UploadMetrics
{
    private readonly Counter<long> _runs;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _durations;

    public UploadMetrics(IMeterFactory meters, Spool spool)
    {
        var meter = meters.Create("Siro.Gateway");
        _runs = meter.CreateCounter<long>(
            "siro.gateway.uploads.runs", "{run}", "Runs of uploads by the state in which they ended, and whether the PUT ran ahead.");
        _bytes = meter.CreateCounter<long>("siro.gateway.uploads.bytes", "By", "Bytes of recordings that were created.");
        _retries = meter.CreateCounter<long>(
            "siro.gateway.uploads.retries", "{retry}", "Steps that failed and were made again, by step and code.");
        _durations = meter.CreateHistogram<double>(
            "siro.gateway.uploads.duration", "s", "From the last byte of a form, or a takeover, to the end of the run.");
        meter.CreateObservableGauge("siro.gateway.uploads.spool.bytes", () => spool.Bytes, "By", "Bytes booked in the spool.");
        meter.CreateObservableGauge("siro.gateway.uploads.spool.files", () => spool.Files, "{file}", "Files in the spool.");
    }

    public void Ran(UploadOwner owner, AudioFormat format, string state, bool ahead, long bytes, TimeSpan duration)
    {
        _runs.Add(1, Tag("organization", owner.Organization.Value), Tag("format", format.Name()), Tag("state", state), Tag("ahead", ahead));
        _durations.Record(duration.TotalSeconds, Tag("organization", owner.Organization.Value), Tag("state", state));
        if (state is UploadState.Created)
        {
            _bytes.Add(bytes, Tag("organization", owner.Organization.Value), Tag("format", format.Name()));
        }
    }

    public void Retried(OrganizationKey organization, string step, string code) =>
        _retries.Add(1, Tag("organization", organization.Value), Tag("step", step), Tag("code", code));

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
