using System.Runtime.CompilerServices;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>Every organization that is to be polled has its job.</summary>
internal sealed class ReconciliationPolls(ReconciliationSwitch on, ISettings<SiroOptions> siro, ISettings<ReconciliationOptions> options)
    : IRecurringJobs
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public TimeSpan Interval => options.Current.Interval < Longest ? options.Current.Interval : Longest;

    public async IAsyncEnumerable<RecurringJob> WantedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in siro.Current.Organizations.Keys)
        {
            if (await on.IsOnAsync(new OrganizationKey(name), cancellationToken))
            {
                yield return new RecurringJob(PollJob.Declaration, name, PollJob.Id, options.Current.Interval);
            }
        }
    }
}
