using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>A whole and checked recording that is to be uploaded.</summary>
/// <param name="File">Passes to the pipeline, which disposes it.</param>
/// <param name="Key">The caller's idempotency key, where it sent one.</param>
/// <param name="Id">The upload's id, where the caller has one of its own (a call's, made from its source id): submitting it again finds the
/// same upload. Starts with <c>up_</c>.</param>
/// <param name="RespondEarly">The caller is answered as soon as the bytes are at the storage.</param>
internal sealed record UploadSubmission(UploadOwner Owner, ReceivedFile File, UploadMetadata Metadata, IdempotencyKey? Key = null,
    string? Id = null, bool RespondEarly = false);

/// <summary>What became of a submission.</summary>
/// <param name="Record">The upload as it was when it was stored, or the earlier one that the submission repeats.</param>
/// <param name="Watch">The run that began; null for a repeat.</param>
internal sealed record UploadTicket(UploadRecord Record, UploadWatch? Watch)
{
    /// <summary>True for a repeat: <see cref="Record"/> is at its end, or was answered early.</summary>
    public bool IsReplay => Watch is null;
}

/// <summary>
/// The way into an upload for whoever has a recording in the spool: a form, or a fetched call. From here on it is a stored job,
/// run at once in this process and taken over by another if this one ends.
/// </summary>
internal sealed class UploadPipeline(
    JobQueues queues, UploadRuns runs, IdempotencyKeys keys, SigningStep signing, StorageStep storage,
    ISettings<UploadsOptions> options, UploadTimings timings, Randomness randomness, TimeProvider time)
{
    private const int EnqueueAttempts = 3;

    private static readonly TimeSpan EnqueuePause = TimeSpan.FromMilliseconds(200);

    private readonly WorkerId _worker = new(randomness.Id("up"));

    /// <summary>The queue of an organization's uploads.</summary>
    public JobQueue<UploadData> Queue(OrganizationKey organization) => queues.Queue(UploadJob.Declaration, organization.Value);

    /// <summary>Begins a PUT ahead while the file still arrives; pass it to <see cref="FileIntake.TakeAsync"/>.</summary>
    public Func<SpoolFile, AudioFormat, long, TimeSpan, CutThrough> CutThroughFor(UploadOwner owner) =>
        (file, format, length, remaining) => new CutThrough(signing, storage, time, owner, file, format, length, remaining);

    /// <summary>The upload as it is stored, or null.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<UploadRecord?> FindAsync(OrganizationKey organization, string id, CancellationToken cancellationToken) =>
        await Queue(organization).FindAsync(new JobId(id), cancellationToken) is { } job ? UploadRecord.Of(job) : null;

    /// <summary>
    /// Creates the recording of an upload whose bytes are stored again, from what is known of it by now. See <see cref="UploadRetry"/>.
    /// </summary>
    /// <exception cref="StoreUnavailableException"/>
    public Task<Problem?> RetryAsync(UploadRecord upload, UploadMetadata metadata, CancellationToken cancellationToken) =>
        UploadRetry.RetryAsync(
            Queue(upload.Owner.Organization),
            upload,
            time,
            cancellationToken,
            upload.Job.Data.Described(upload.Owner.Organization, metadata, upload.FileName));

    /// <summary>
    /// Stores the upload and starts it, or finds the one that it repeats. Throws <see cref="ProblemException"/>: 422
    /// <c>idempotency_mismatch</c>,
    /// 409 <c>upload_in_progress</c>, 503 <c>store_unavailable</c>. The file is disposed in every case but a started run, which disposes it
    /// itself.
    /// </summary>
    public async Task<UploadTicket> SubmitAsync(UploadSubmission submission, CancellationToken cancellationToken)
    {
        var file = submission.File;
        try
        {
            var ticket = await StoreAsync(submission, cancellationToken);
            file = ticket.IsReplay ? file : null;
            return ticket;
        }
        catch (StoreUnavailableException e)
        {
            throw new ProblemException(UploadProblems.StoreUnavailable, e);
        }
        finally
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }
        }
    }

    private async Task<UploadTicket> StoreAsync(UploadSubmission submission, CancellationToken cancellationToken)
    {
        var (owner, file, metadata) = (submission.Owner, submission.File, submission.Metadata);
        var fingerprint = UploadData.FingerprintOf(owner, file.Sha256, metadata);
        var begun = time.GetTimestamp();

        // The form is whole and right. Where its last bytes reach the storage at once, the upload is stored as one that any replica can
        // finish; where they take longer, it is stored first, so that it can be followed.
        var stored = file.CutThrough is { } ahead ? await ahead.FinishAsync(timings.AheadWait, time) : null;
        string? replaceable = null;
        var resumed = false;
        while (true)
        {
            var id = submission.Id ?? randomness.Id("up");
            if (submission.Key is { } key)
            {
                var bound = await keys.BindAsync(
                    key, owner.Client, new KeyBinding(owner.Organization, id), replaceable, CancellationToken.None);
                id = bound.Organization == owner.Organization
                    ? bound.Upload
                    : throw new ProblemException(UploadProblems.IdempotencyMismatch);
            }

            var enqueued = await EnqueueAsync(owner.Organization, New(id, submission, stored));
            if (enqueued is { Status: EnqueueStatus.Created, Lease: { } lease })
            {
                var watch = new UploadWatch { AnsweredEarly = submission.RespondEarly };
                var record = UploadRecord.Of(enqueued.Job!);
                runs.Start(lease, file, watch);
                return new UploadTicket(record, watch);
            }

            // A repeat: of a key, of a caller's own id, or of an enqueue whose answer was lost.
            if (file.CutThrough is not null)
            {
                await file.CutThrough.DisposeAsync();
                file.CutThrough = null;
            }

            if (enqueued.Job is { } job)
            {
                var first = UploadRecord.Of(job);
                if (submission.Id is not null && first.State is UploadState.Failed or UploadState.BytesExpired)
                {
                    // Its owner brings the file again, maybe with better metadata: what ended without a recording makes place.
                    await Queue(owner.Organization).DeleteAsync(job, CancellationToken.None);
                    continue;
                }

                if (first.Fingerprint != fingerprint)
                {
                    throw new ProblemException(UploadProblems.IdempotencyMismatch);
                }

                var repeats = IsLost(first) && submission.Key is not null;
                if (repeats && UploadRetry.IsPossible(first))
                {
                    // The storage has the bytes already: the recording alone is created again, once for this repeat.
                    if (resumed || await UploadRetry.RetryAsync(Queue(owner.Organization), first, time, CancellationToken.None) is not null)
                    {
                        return new UploadTicket(first, null);
                    }

                    resumed = true;
                    continue;
                }

                if (repeats)
                {
                    // Nothing was made and the first caller was told nothing else: this request has the bytes, so it begins anew.
                    replaceable = first.Id;
                    continue;
                }

                if (UploadState.IsEnd(first.State) || first.AnsweredEarly)
                {
                    return new UploadTicket(first, null);
                }
            }

            if (time.GetElapsedTime(begun) > timings.RepeatWait)
            {
                throw new ProblemException(UploadProblems.InProgress);
            }

            await Task.Delay(timings.RepeatPoll, time, cancellationToken);
        }
    }

    /// <summary>
    /// Not cancelled when the caller goes away: its last byte is here, so the upload goes on. Repeated with one operation id while the
    /// store does not answer, because the job may have been stored by the try that was given up.
    /// </summary>
    private async Task<EnqueueResult<UploadData>> EnqueueAsync(OrganizationKey organization, NewJob<UploadData> job)
    {
        var (queue, operation) = (Queue(organization), new OperationId(randomness.Id("op")));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StoreClaimedAsync();
            }
            catch (StoreUnavailableException) when (attempt < EnqueueAttempts)
            {
                await Task.Delay(EnqueuePause, time, CancellationToken.None);
            }
            catch (StoreUnavailableException)
            {
                _ = runs.LetGoAsync(queue, job.Id, async () => (await StoreClaimedAsync()).Lease);
                throw;
            }
        }

        Task<EnqueueResult<UploadData>> StoreClaimedAsync() =>
            queue.EnqueueClaimedAsync(job, _worker, UploadJob.Lease, operation, CancellationToken.None);
    }

    /// <summary>
    /// Its end says only that this replica, this store or Siro was away: repeating it is what its caller was asked to do.
    /// </summary>
    private static bool IsLost(UploadRecord first) =>
        first.State is UploadState.BytesExpired
            || (first.State is UploadState.Failed && (first.Failures.Count == 0 || first.Failures[^1].Status >= 500));

    /// <param name="stored">Where the bytes are, when they are at the storage already.</param>
    private NewJob<UploadData> New(string id, UploadSubmission submission, SignedUrl? stored)
    {
        var data = UploadData.Of(submission.Owner, submission.File, submission.Metadata);
        return new(
            new JobId(id),
            stored is null ? data : data with
            {
                Url = stored.DownloadUrl.Reveal(), Stored = time.GetUtcNow(), Early = submission.RespondEarly,
            })
        {
            State = stored is null ? null : UploadState.Stored,
            Client = submission.Owner.Client.Value,
            KeepFor = options.Current.Retention,
        };
    }
}
