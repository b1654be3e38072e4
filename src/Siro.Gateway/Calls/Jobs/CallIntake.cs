using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>Whose call it is.</summary>
internal sealed record CallOwner(OrganizationKey Organization, ClientName Client, UserId? ActingUser, string? Source);

/// <summary>Stores calls: the same source id of the same origin is the same job, however often and by whichever replica it is told.</summary>
internal sealed class CallIntake(JobQueues queues, CallRecords records, ISettings<CallsOptions> options)
{
    /// <summary>The queue of an organization's calls.</summary>
    public JobQueue Queue(OrganizationKey organization) => queues.Queue(CallRecords.Kind, organization.Value);

    /// <summary>Stored when it returns; true when it is new. Throws <see cref="StoreUnavailableException"/>.</summary>
    public async Task<(CallRecord Call, bool IsNew)> StoreAsync(CallOwner owner, CallNotice notice, CancellationToken cancellationToken)
    {
        var id = Id(owner, notice.SourceId);
        var stored = await Queue(owner.Organization).EnqueueAsync(
            new JobSpec
            {
                Id = new JobId(id),
                State = CallState.Notified,
                Client = owner.Client.Value,
                Fields = records.Fields(id, notice, owner.ActingUser, owner.Source),
                KeepFor = options.Current.Retention,

                // A provider may repeat itself for days after the job was removed by age.
                RememberFor = options.Current.Retention,
            },
            null,
            cancellationToken);
        return stored.Job is { } job
            ? (records.Read(job), stored.Status == EnqueueStatus.Created)
            : (new CallRecord { Id = id, State = CallState.Created, Organization = owner.Organization, Client = owner.Client, Notice = notice }, false);
    }

    /// <summary>The call's id: a hash, so that it can be found again by its source id and tells nothing.</summary>
    private static string Id(CallOwner owner, string sourceId)
    {
        var origin = owner.Source is { } source ? "source\n" + source.ToLowerInvariant() : "client\n" + owner.Client.Value.ToLowerInvariant();
        return "call_" + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{owner.Organization.Value}\n{origin}\n{sourceId}")).AsSpan(0, 16));
    }
}
