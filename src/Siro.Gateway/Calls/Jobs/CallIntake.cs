using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>
/// Stores calls: the same source id of the same origin is the same job, however often and by whichever replica it is told.
/// </summary>
internal sealed class CallIntake(JobQueues queues, ISettings<CallsOptions> options, TimeProvider time)
{
    private const int LearnAttempts = 10;
    private static readonly TimeSpan LearnPause = TimeSpan.FromMilliseconds(200);

    /// <summary>The queue of an organization's calls.</summary>
    public JobQueue<CallData> Queue(OrganizationKey organization) => queues.Queue(CallJob.Declaration, organization.Value);

    /// <summary>Stored when it returns; true when it is new. Throws <see cref="StoreUnavailableException"/>.</summary>
    /// <param name="again">The notice comes again by itself (from a list): what can't be learned from it now is left for then.</param>
    public async Task<(CallRecord Call, bool IsNew)> StoreAsync(
        CallOwner owner, CallNotice notice, CancellationToken cancellationToken, bool again = false)
    {
        var id = Id(owner, notice.SourceId);
        var stored = await Queue(owner.Organization).EnqueueAsync(
            new NewJob<CallData>(new JobId(id), new CallData { Notice = notice, User = owner.ActingUser?.Value, Source = owner.Source })
            {
                Client = owner.Client.Value,
                KeepFor = options.Current.Retention,

                // A provider may repeat itself for days after the job was removed by age.
                RememberFor = options.Current.Retention,
            },
            null,
            cancellationToken);
        if (stored.Job is not { } job)
        {
            // Only its id is remembered.
            var (organization, client) = (owner.Organization, owner.Client);
            var call = new CallRecord { Id = id, State = CallState.Created, Organization = organization, Client = client, Notice = notice };
            return (call, false);
        }

        return stored.Status == EnqueueStatus.Created
            ? (CallRecord.Of(job), true)
            : (await LearnAsync(job, notice, again ? 1 : LearnAttempts, cancellationToken), false);
    }

    /// <summary>
    /// Notifications come in any order, and a later one may bring the recording's URL, or a fresh one (Aircall's first event may have none,
    /// and its URLs live minutes), or the rep: a call that still waits for it takes it, and one that stopped for want of a rep goes on.
    /// Throws 409 <c>in_progress</c> where a call that lacks one of them is being worked on all the while, so that it is told again.
    /// </summary>
    private async Task<CallRecord> LearnAsync(StoredJob<CallData> job, CallNotice later, int attempts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (job.Data.Notice is not { } notice
                || job.State is not (CallState.Notified or CallState.Waiting or CallState.Fetching or CallState.NeedsRep))
            {
                return CallRecord.Of(job);
            }

            var bringsRep = !later.Rep.IsEmpty && later.Rep != notice.Rep && (notice.Rep.IsEmpty || job.State == CallState.NeedsRep);
            if (!bringsRep && (later.RecordingUrl is null || later.RecordingUrl == notice.RecordingUrl))
            {
                return CallRecord.Of(job);
            }

            var source = bringsRep ? later : notice;
            var learned = job.Data with { Notice = notice.With(later).WithRep(source.Rep, source.RepPhoneWithoutPlus) };
            var changed = await WriteAsync(job, learned, bringsRep, cancellationToken);
            if (changed.Change == JobChange.Changed || changed.Job is null)
            {
                return CallRecord.Of(changed.Job ?? job);
            }

            if (attempt == attempts)
            {
                return notice is { RecordingUrl: not null, Rep.IsEmpty: false } || attempts < LearnAttempts ? CallRecord.Of(job)
                    : throw new ProblemException(
                        new Problem(409, "in_progress", "The call is being processed. Send its recording again in a moment.")
                        {
                            RetryAfter = TimeSpan.FromSeconds(10),
                        });
            }

            job = changed.Job;
            await Task.Delay(LearnPause, time, cancellationToken);
        }
    }

    private Task<JobChangeResult<CallData>> WriteAsync(
        StoredJob<CallData> job, CallData learned, bool bringsRep, CancellationToken cancellationToken)
    {
        var queue = Queue(new OrganizationKey(job.Partition));
        return bringsRep && job.State == CallState.NeedsRep
            ? queue.ResumeAsync(job, CallState.Notified, learned.Anew(time.GetUtcNow()), cancellationToken)
            : queue.EditAsync(job, learned, cancellationToken);
    }

    /// <summary>The call's id: a hash, so that it can be found again by its source id and tells nothing.</summary>
    private static string Id(CallOwner owner, string sourceId)
    {
        var origin = owner.Source is { } source
            ? "source\n" + source.ToLowerInvariant()
            : "client\n" + owner.Client.Value.ToLowerInvariant();
        return "call_"
            + Base64Url.EncodeToString(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{owner.Organization.Value}\n{origin}\n{sourceId}")).AsSpan(0, 16));
    }
}
