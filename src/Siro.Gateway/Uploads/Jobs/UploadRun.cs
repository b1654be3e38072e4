using System.Diagnostics;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>
/// Takes one upload from wherever it stands to its end: the request that received it runs it here and now, a worker runs it when that
/// process is gone. Each state is stored before the next step begins, so that whoever comes later knows what may have happened.
/// </summary>
internal sealed partial class UploadRun(
    UploadSteps steps, ISettings<UploadsOptions> options, UploadMetrics metrics, Randomness randomness, TimeProvider time,
    ILogger<UploadRun> logger)
{
    private const int MaxNewUrls = 3;

    /// <summary>Most failures kept.</summary>
    private const int MaxFailures = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    /// <summary>A URL that ends so soon is not begun with.</summary>
    private static readonly TimeSpan UrlMargin = TimeSpan.FromSeconds(5);

    /// <summary>Uncertain uploads wait for a person.</summary>
    private static readonly TimeSpan KeepUncertain = TimeSpan.FromDays(30);

    /// <summary>Runs the upload; what it answers is still to be written to the job. Cancelled, it gives the job back.</summary>
    /// <param name="file">The bytes, where this process has them.</param>
    /// <param name="watch">The caller that waits for it, where one does.</param>
    public async Task<JobOutcome> RunAsync(
        JobClaim<UploadData> claim, ReceivedFile? file, UploadWatch watch, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var outcome = await StepsAsync(claim, file, watch, cancellationToken);
        if (watch.AnsweredEarly && outcome.Kind is not (JobOutcomeKind.GiveBack or JobOutcomeKind.Settled))
        {
            outcome = claim.Also(outcome, claim.Data with { Early = true });
        }

        var upload = UploadRecord.Of(claim.Job);
        metrics.Ran(upload.Owner, upload.Format, outcome.State ?? upload.State, file?.CutThrough is not null, upload.Bytes,
            time.GetElapsedTime(begun));
        Log.Ran(
            logger, upload.Id, upload.Owner.Organization, upload.Owner.Client, outcome.State ?? upload.State, upload.Bytes,
            upload.Format.Name(), upload.Retries, file?.CutThrough is not null, time.GetElapsedTime(begun).TotalMilliseconds);
        return outcome;
    }

    private async Task<JobOutcome> StepsAsync(
        JobClaim<UploadData> claim, ReceivedFile? file, UploadWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            switch (claim.State)
            {
                case UploadState.Creating:
                    return Uncertain(claim, new StepFailure(
                        StepVerdict.Uncertain, 502, "upload_uncertain",
                        "The replica that was creating the recording ended before it knew the answer: the recording may exist. "
                        + "Look at the likely matches before you retry it."));

                case UploadState.Received or UploadState.Signed when file is null:
                    return Ended(claim, UploadState.BytesExpired, new StepFailure(
                        StepVerdict.Refused, 503, "bytes_expired",
                        "The replica that had the file ended before it was at Siro's storage. Send it again."));

                case UploadState.Received or UploadState.Signed:
                    if (await StoreAsync(claim, file, watch, cancellationToken) is { } failure)
                    {
                        return failure;
                    }

                    break;
            }

            return await CreateAsync(claim, watch, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return claim.IsHeld ? JobOutcome.GiveBack : JobOutcome.Settled;
        }
    }

    /// <summary>Steps 1 and 2; null when the storage has every byte and the job says so.</summary>
    private async Task<JobOutcome?> StoreAsync(
        JobClaim<UploadData> claim, ReceivedFile file, UploadWatch watch, CancellationToken cancellationToken)
    {
        var upload = UploadRecord.Of(claim.Job);
        var begun = time.GetTimestamp();
        var url = file.CutThrough is { } ahead ? await ahead.FinishAsync(cancellationToken) : null;
        if (url is not null)
        {
            return await StoredAsync(claim, url, watch, cancellationToken);
        }

        var newUrls = 0;
        for (var retries = 0; ;)
        {
            var failure = (StepFailure?)null;
            if (url is null || url.ExpiresAt - UrlMargin < time.GetUtcNow())
            {
                var signed = await steps.Signing.SignAsync(upload.Owner, upload.Format, upload.Bytes, cancellationToken);
                (url, failure) = (signed.Value, signed.Failure);
                if (url is not null
                    && !await SaveAsync(claim, UploadState.Signed, claim.Data with { Url = url.DownloadUrl.Reveal() }, cancellationToken))
                {
                    return JobOutcome.Settled;
                }
            }

            if (url is not null)
            {
                failure = await PutAsync(claim, file, url, watch, cancellationToken);
                if (failure is null)
                {
                    return await StoredAsync(claim, url, watch, cancellationToken);
                }
            }

            if (failure!.Verdict is StepVerdict.NewUrl)
            {
                url = null;
                newUrls++;
            }

            retries++;
            var pause = Pause(retries, failure);
            if (newUrls > MaxNewUrls)
            {
                // Each under another URL: the next one would be refused as well.
                failure = failure with { Verdict = StepVerdict.Refused };
            }

            if (failure.Verdict is StepVerdict.Refused || time.GetElapsedTime(begun) + pause > options.Current.RetryFor)
            {
                return Ended(claim, UploadState.Failed, failure);
            }

            metrics.Retried(upload.Owner.Organization, claim.State, failure.Code);
            Log.Again(logger, upload.Id, claim.State, retries, failure.Code, failure.Detail, pause.TotalMilliseconds);
            if (!await SaveAsync(claim, null, Failed(claim, failure) with { Retries = retries, Sent = 0 }, cancellationToken))
            {
                return JobOutcome.Settled;
            }

            watch.Failed(new FailedTry(failure, retries, time.GetUtcNow() + pause));
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Puts once, and stores the progress each second, for whoever asks another replica.</summary>
    private async Task<StepFailure?> PutAsync(
        JobClaim<UploadData> claim, ReceivedFile file, SignedUrl url, UploadWatch watch, CancellationToken cancellationToken)
    {
        var sent = 0L;
        var put = steps.Storage.PutAsync(
            url, file.Spool, file.Bytes, Task.CompletedTask, bytes => watch.Sent = sent = bytes, cancellationToken);
        while (await Task.WhenAny(put, Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken)) != put
            && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                await claim.SaveAsync(null, claim.Data with { Sent = Interlocked.Read(ref sent) }, cancellationToken);
            }
            catch (StoreUnavailableException e)
            {
                Log.ProgressNotKept(logger, e, claim.Job.Id.Value);
            }
        }

        return (await put).Failure;
    }

    /// <summary>
    /// Both marks are one write, <c>stored</c> and <c>creating</c>: nothing happens between them. A caller that is answered early is
    /// answered after it, and the upload knows that it was.
    /// </summary>
    private async Task<JobOutcome?> StoredAsync(
        JobClaim<UploadData> claim, SignedUrl url, UploadWatch watch, CancellationToken cancellationToken)
    {
        var stored = claim.Data with
        {
            Url = url.DownloadUrl.Reveal(), Stored = time.GetUtcNow(), Early = claim.Data.Early || watch.AnsweredEarly,
        };
        return await SaveAsync(claim, UploadState.Creating, stored, cancellationToken) ? null : JobOutcome.Settled;
    }

    /// <summary>Step 3. Pauses here while they are short, because a caller may be waiting; long ones are the queue's.</summary>
    private async Task<JobOutcome> CreateAsync(JobClaim<UploadData> claim, UploadWatch watch, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var upload = UploadRecord.Of(claim.Job);
            if (upload is not { Metadata: { } metadata, DownloadUrl: { } downloadUrl })
            {
                return Ended(claim, UploadState.Failed, new StepFailure(
                    StepVerdict.Refused, 500, "upload_unreadable",
                    "What was stored of the upload can't be decrypted any more: its key is missing in Store:EncryptionKeys."));
            }

            // Fenced and kept before the request goes: from now on a death leaves doubt, and the job says so.
            if ((upload.State is not UploadState.Creating && !await SaveAsync(claim, UploadState.Creating, null, cancellationToken))
                || !claim.IsHeld)
            {
                return JobOutcome.Settled;
            }

            watch.Stored(upload);

            var result = await steps.Create.CreateAsync(
                upload.Owner, metadata, upload.Format, downloadUrl, () => claim.IsHeld, cancellationToken);
            if (result.Value is { } recording)
            {
                var created = claim.Data with { Recording = recording.RecordingId, Warnings = recording.Warnings };
                return claim.Done(UploadState.Created, created, options.Current.Retention);
            }

            var failure = result.Failure!;
            switch (failure.Verdict)
            {
                case StepVerdict.Uncertain:
                    return Uncertain(claim, failure);
                case not StepVerdict.Again:
                    return Ended(claim, UploadState.Failed, failure);
            }

            var retries = upload.Retries + 1;
            var pause = Pause(retries, failure);
            if (time.GetUtcNow() - upload.StoredAt > options.Current.CreateFor)
            {
                return Ended(claim, UploadState.Failed, failure);
            }

            metrics.Retried(upload.Owner.Organization, UploadState.Creating, failure.Code);
            Log.Again(logger, upload.Id, UploadState.Creating, retries, failure.Code, failure.Detail, pause.TotalMilliseconds);
            var data = Failed(claim, failure) with { Retries = retries };
            if (time.GetElapsedTime(begun) + pause > options.Current.CreateWait)
            {
                return claim.RetryAfter(pause, UploadState.Stored, data);
            }

            if (!await SaveAsync(claim, UploadState.Stored, data, cancellationToken))
            {
                return JobOutcome.Settled;
            }

            watch.Failed(new FailedTry(failure, retries, time.GetUtcNow() + pause));
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>
    /// Writes a checkpoint and insists while the store is away, which it tells once, as long as the job is this process's. False when it
    /// no longer is.
    /// </summary>
    private async Task<bool> SaveAsync(JobClaim<UploadData> claim, string? state, UploadData? data, CancellationToken cancellationToken)
    {
        if (state is not null)
        {
            data = (data ?? claim.Data).Reached(state, time.GetUtcNow());
        }

        for (var tries = 1; ; tries++)
        {
            try
            {
                return await claim.SaveAsync(state, data, cancellationToken) is JobWrite.Written;
            }
            catch (StoreUnavailableException e) when (claim.IsHeld)
            {
                if (tries == 1)
                {
                    Log.StoreAway(logger, e, claim.Job.Id.Value);
                }

                await Task.Delay(FirstPause, time, cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        }
    }

    private TimeSpan Pause(int retries, StepFailure failure)
    {
        var most = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(retries, 16)));
        var pause = (most / 2) + randomness.FullJitter(most / 2);
        return failure.RetryAfter > pause ? failure.RetryAfter.Value : pause;
    }

    private JobOutcome Ended(JobClaim<UploadData> claim, string state, StepFailure failure) =>
        claim.Failed(state, Failed(claim, failure), options.Current.Retention);

    private JobOutcome Uncertain(JobClaim<UploadData> claim, StepFailure failure) =>
        claim.Park(
            UploadState.Uncertain,
            Failed(claim, failure),
            options.Current.Retention > KeepUncertain ? options.Current.Retention : KeepUncertain);

    private static UploadData Failed(JobClaim<UploadData> claim, StepFailure failure) =>
        claim.Data with { Failures = [.. (claim.Data.Failures ?? []).Append(failure).TakeLast(MaxFailures)] };

    private static partial class Log
    {
        [LoggerMessage(1820, LogLevel.Information,
            "Upload {Upload} of {Organization} by {Client}: {State}, {Bytes} bytes {Format}, {Retries} retries, cut through "
            + "{CutThrough}, {Milliseconds:F0} ms")]
        public static partial void Ran(ILogger logger, string upload, OrganizationKey organization, ClientName client, string state,
            long bytes, string format, int retries, bool cutThrough, double milliseconds);

        [LoggerMessage(
            1821, LogLevel.Warning,
            "Upload {Upload} at '{State}' failed {Retries} times, now with {Code} ({Detail}); again in {Pause:F0} ms")]
        public static partial void Again(
            ILogger logger, string upload, string state, int retries, string code, string detail, double pause);

        [LoggerMessage(1822, LogLevel.Debug, "The progress of upload {Upload} could not be stored")]
        public static partial void ProgressNotKept(ILogger logger, Exception exception, string upload);

        [LoggerMessage(1823, LogLevel.Warning, "The store does not accept the state of upload {Upload}; retrying while its lease lasts")]
        public static partial void StoreAway(ILogger logger, Exception exception, string upload);
    }
}
