using Siro.Gateway.Access;
using Siro.Gateway.Calls.Fetching;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Outbound;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>
/// Takes a call from its notice to a recording in Siro: look up, resolve the rep, fetch, forward. Run again from any point by any replica:
/// the upload's id follows from the call's, so that forwarding twice finds the same upload.
/// </summary>
internal sealed partial class CallRun(
    CallRecords records, SourceRegistry sources, ProviderApi api, RecordingFetch fetch, RepResolver reps, CallUsers users, UploadPipeline uploads,
    ISettings<CallsOptions> options, Randomness randomness, TimeProvider time, ILogger<CallRun> logger) : IJobHandler
{
    /// <summary>How long an upload whose bytes are stored takes as a rule.</summary>
    public static readonly TimeSpan UploadTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SiroPause = TimeSpan.FromSeconds(10);

    public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var outcome = await StepsAsync(job, cancellationToken);
        Log.Ran(logger, job.Job.Id.Value, job.Job.Partition, job.Job.Client, job.Job["source"], outcome.State ?? job.Job.State, job.Job.Attempt, time.GetElapsedTime(begun).TotalMilliseconds);
        return outcome;
    }

    private async Task<JobOutcome> StepsAsync(JobLease job, CancellationToken cancellationToken)
    {
        var call = records.Read(job.Job);
        if (call.Notice is not { } notice)
        {
            return Stop(CallState.Failed, "notice_unreadable", "The call was encrypted with a key that is not configured any more.");
        }

        try
        {
            // A failed upload ends the run that forwarded it; any later run begins it anew.
            var earlier = call.UploadId is { } id ? await uploads.FindAsync(call.Organization, id, cancellationToken) : null;
            if (earlier is not null && (call.State == CallState.Forwarding || !HasFailed(earlier)))
            {
                return OfUpload(call, earlier);
            }

            var source = sources.Find(call.Source);
            notice = await LookUpAsync(notice, source, notice.RecordingUrl is null || notice.Rep.IsEmpty || notice.StartedAt is null, cancellationToken);
            var resolved = await reps.ResolveAsync(call with { Notice = notice }, cancellationToken);
            if (resolved.Rep is not { } rep)
            {
                return Stop(CallState.NeedsRep, resolved.Missing!.Code, resolved.Missing.Detail).With("notice", records.Seal(call.Id, notice));
            }

            if (notice.RecordingUrl is null)
            {
                return Later(call, new CallFailure("recording_not_ready", "The provider has no recording of this call yet."), null);
            }

            var acting = await users.FindAsync(call, cancellationToken);
            if (acting.User is not { } actingUser)
            {
                return acting.Outcome == UserLookupOutcome.Unavailable
                    ? Later(call, new CallFailure("roster_unavailable", "The organization's users can't be read now."), null)
                    : Stop(CallState.Failed, "acting_user_missing", "No Siro user to upload as: the client's DefaultUser or the organization's DefaultUserId is not set, or is no user of the organization.");
            }

            if (earlier is not null && UploadRetry.IsPossible(earlier))
            {
                return await CreateAgainAsync(earlier, Metadata(notice, rep), cancellationToken);
            }

            if (await job.SaveAsync(CallState.Fetching, JobFields.Changes(("notice", records.Seal(call.Id, notice))), cancellationToken) == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }

            var fetched = await FetchAsync(call, notice, source, cancellationToken);
            return fetched.File is { } file
                ? await ForwardAsync(job, call, notice, rep, actingUser, file, cancellationToken)
                : fetched.Verdict == FetchVerdict.Refused
                    ? Stop(CallState.Failed, fetched.Failure!.Code, fetched.Failure.Detail)
                    : Later(call, fetched.Failure!, fetched.RetryAfter);
        }
        catch (ProviderUnavailableException e)
        {
            return Later(call, new CallFailure(e.Code, e.Message), e.RetryAfter);
        }
        catch (AddressForbiddenException)
        {
            return Stop(CallState.Failed, "address_forbidden", "The provider's API is at an address that this gateway does not connect to (Calls:AllowedNetworks).");
        }
        catch (ProblemException e)
        {
            return OfProblem(call, e.Problem);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return job.IsHeld ? JobOutcome.GiveBack : JobOutcome.Settled;
        }
    }

    private async Task<CallNotice> LookUpAsync(CallNotice notice, CallSourceOptions? source, bool needed, CancellationToken cancellationToken) =>
        needed && source is not null && await SourceRegistry.Of(source).LookUpAsync(notice, source, api, cancellationToken) is { } more ? more : notice;

    /// <summary>An expired URL is asked for again, once; where the provider can't be asked, or says the same, it counts as not ready.</summary>
    private async Task<FetchResult> FetchAsync(CallRecord call, CallNotice notice, CallSourceOptions? source, CancellationToken cancellationToken)
    {
        var credential = source ?? sources.ForUrl(call.Client, notice.RecordingUrl!);
        var fetched = await fetch.FetchAsync(notice.RecordingUrl!, call.Client, credential, cancellationToken);
        if (fetched.Verdict != FetchVerdict.Expired)
        {
            return fetched;
        }

        var again = await LookUpAsync(notice, source, true, cancellationToken);
        return again.RecordingUrl == notice.RecordingUrl ? fetched : await fetch.FetchAsync(again.RecordingUrl!, call.Client, credential, cancellationToken);
    }

    private async Task<JobOutcome> ForwardAsync(JobLease job, CallRecord call, CallNotice notice, ResolvedRep rep, UserId actingUser, ReceivedFile file, CancellationToken cancellationToken)
    {
        var uploadId = "up_" + call.Id;
        if (await job.SaveAsync(CallState.Forwarding, JobFields.Changes(("upload", uploadId), CallRecords.Failure(null)), cancellationToken) == JobWrite.LeaseLost)
        {
            await file.DisposeAsync();
            return JobOutcome.Settled;
        }

        var ticket = await uploads.SubmitAsync(
            new UploadSubmission(new UploadOwner(call.Organization, call.Client, actingUser), file, Metadata(notice, rep), Id: uploadId), cancellationToken);
        var ended = ticket.Watch is { } watch ? await FollowAsync(job, watch, cancellationToken) : ticket.Record;
        ended ??= await uploads.FindAsync(call.Organization, uploadId, cancellationToken);
        return ended is not null ? OfUpload(call, ended) : JobOutcome.RetryAfter(randomness.Around(SiroPause, 0.3), CallState.Forwarding);
    }

    /// <summary>Waits for the upload's end, and keeps what it stumbles over with the call meanwhile.</summary>
    private static async Task<UploadRecord?> FollowAsync(JobLease job, UploadWatch watch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var failed = watch.WhenFailed;
            if (await Task.WhenAny(watch.WhenEnded, failed).WaitAsync(cancellationToken) != failed)
            {
                return await watch.WhenEnded;
            }

            if (await job.SaveAsync(null, JobFields.Changes(CallRecords.Failure(Failure(await failed))), cancellationToken) == JobWrite.LeaseLost)
            {
                return await watch.WhenEnded.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>The storage has the bytes: only the recording is created again, as the call is known by now.</summary>
    private async Task<JobOutcome> CreateAgainAsync(UploadRecord upload, UploadMetadata metadata, CancellationToken cancellationToken)
    {
        await uploads.RetryAsync(upload, metadata, cancellationToken);
        return JobOutcome.RetryAfter(UploadTime, CallState.Forwarding);
    }

    private static CallFailure Failure(FailedTry tried) => new(tried.Failure.Code, tried.Failure.Detail) { UploadTries = tried.Tries, UploadDueAt = tried.Next };

    private static UploadMetadata Metadata(CallNotice notice, ResolvedRep rep) => new()
    {
        Title = notice.Title,
        UserId = rep.UserId,
        UserEmail = rep.Email,
        UserPhone = rep.Phone,
        ConversationType = notice.ConversationType,
        IntegrationConnectionId = notice.IntegrationConnectionId,
        CrmObjects = notice.CrmObjects is { Count: > 0 } objects ? [.. objects.Select(o => new CrmObject(o.ObjectType!, o.ObjectId!))] : null,
        CustomerName = notice.Customer.Name,
        CustomerPhone = notice.Customer.Phone,
        DateCreated = notice.StartedAt,
    };

    private static bool HasFailed(UploadRecord upload) => upload.State is UploadState.Failed or UploadState.BytesExpired;

    /// <summary>What the upload's state means for the call.</summary>
    private JobOutcome OfUpload(CallRecord call, UploadRecord upload) => upload.State switch
    {
        UploadState.Created => JobOutcome.Done(CallState.Created, JobFields.Changes(("recording", upload.RecordingId), CallRecords.Failure(null))),
        UploadState.Uncertain => Stop(CallState.Uncertain, "upload_uncertain", $"Siro may have the recording, or not: look at /v1/uploads/{upload.Id} and retry it there.").With("upload", upload.Id),
        UploadState.Failed or UploadState.BytesExpired => Ended(call, upload),
        _ => StillRuns(upload),
    };

    private JobOutcome Ended(CallRecord call, UploadRecord upload)
    {
        var last = upload.Failures is [.., { } failure] ? new CallFailure(failure.Code, failure.Detail) : new CallFailure("internal_error", "The upload failed without a reason that was kept.");
        return (upload.MayPass ? Later(call, last, null) : Stop(CallState.Failed, last.Code, last.Detail)).With("upload", upload.Id);
    }

    /// <summary>Another replica runs it, or it waits in its own queue; <c>Uploads:CreateFor</c> bounds it. The call shows what it waits for.</summary>
    private JobOutcome StillRuns(UploadRecord upload)
    {
        var pause = randomness.Around(SiroPause, 0.3);
        var due = upload.DueAt - time.GetUtcNow() is { } left && left > TimeSpan.Zero ? left + UploadTime : (TimeSpan?)null;
        return upload is { Retries: > 0, Failures: [.., { } last] }
            ? JobOutcome.RetryAfter(
                due ?? pause, CallState.Forwarding,
                JobFields.Changes(CallRecords.Failure(new CallFailure(last.Code, last.Detail) { UploadTries = upload.Retries, UploadDueAt = upload.DueAt ?? time.GetUtcNow() + pause })))
            : JobOutcome.RetryAfter(pause, CallState.Forwarding);
    }

    private JobOutcome OfProblem(CallRecord call, Problem problem) =>
        SiroOutcome.IsPermanent(problem)
            ? Stop(CallState.Failed, problem.Code, problem.Detail)
            : Later(call, new CallFailure(problem.Code, problem.Detail), problem.RetryAfter);

    private JobOutcome Later(CallRecord call, CallFailure failure, TimeSpan? after)
    {
        var settings = options.Current;
        return CallRetryPolicy.NextTry(settings, call.Tries, time.GetUtcNow() - call.TriedSince, after, randomness) is { } pause
            ? JobOutcome.RetryAfter(pause, CallState.Waiting, JobFields.Changes(CallRecords.Tries(call.Tries + 1), CallRecords.Failure(failure)))
            : Stop(CallState.Failed, failure.Code, $"{failure.Detail} Given up after {settings.GiveUpAfter}.");
    }

    private static JobOutcome Stop(string state, string code, string detail) => JobOutcome.Park(state, JobFields.Changes(CallRecords.Failure(new CallFailure(code, detail))));

    private static partial class Log
    {
        [LoggerMessage(1901, LogLevel.Information, "Call {Id} of {Organization}, client {Client}, source {Source}: {State} after attempt {Attempt}, {Milliseconds:0} ms")]
        public static partial void Ran(ILogger logger, string id, string organization, string? client, string? source, string state, int attempt, double milliseconds);
    }
}
