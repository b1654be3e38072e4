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
    SourceRegistry sources, ProviderApi api, RecordingFetch fetch, RepResolver reps, CallUsers users, UploadPipeline uploads,
    ISettings<CallsOptions> options, Randomness randomness, TimeProvider time, ILogger<CallRun> logger)
    : IJobHandler<CallData>
{
    /// <summary>How long an upload whose bytes are stored takes as a rule.</summary>
    public static readonly TimeSpan UploadTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SiroPause = TimeSpan.FromSeconds(10);

    public async Task<JobOutcome> RunAsync(JobClaim<CallData> claim, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var outcome = await StepsAsync(claim, cancellationToken);
        var (job, took) = (claim.Job, time.GetElapsedTime(begun).TotalMilliseconds);
        Log.Ran(logger, job.Id.Value, job.Partition, job.Client, job.Data.Source, outcome.State ?? job.State, job.Attempt, took);
        return outcome;
    }

    private async Task<JobOutcome> StepsAsync(JobClaim<CallData> claim, CancellationToken cancellationToken)
    {
        var call = CallRecord.Of(claim.Job);
        if (call.Notice is not { } notice)
        {
            return Stop(claim, CallState.Failed, "notice_unreadable", "The call was encrypted with a key that is not configured any more.");
        }

        try
        {
            // A failed upload ends the run that forwarded it; any later run begins it anew.
            var earlier = call.UploadId is { } id ? await uploads.FindAsync(call.Organization, id, cancellationToken) : null;
            if (earlier is not null && (call.State == CallState.Forwarding || !HasFailed(earlier)))
            {
                return OfUpload(claim, earlier);
            }

            var source = sources.Find(call.Source);
            notice = await LookUpAsync(
                notice, source, notice.RecordingUrl is null || notice.Rep.IsEmpty || notice.StartedAt is null, cancellationToken);
            var resolved = await reps.ResolveAsync(call with { Notice = notice }, cancellationToken);
            if (resolved.Rep is not { } rep)
            {
                return claim.Park(CallState.NeedsRep, claim.Data with { Notice = notice, Failure = resolved.Missing });
            }

            if (notice.RecordingUrl is null)
            {
                return Later(claim, new CallFailure("recording_not_ready", "The provider has no recording of this call yet."), null);
            }

            var acting = await users.FindAsync(call, cancellationToken);
            if (acting.User is not { } actingUser)
            {
                return acting.Outcome == UserLookupOutcome.Unavailable
                    ? Later(claim, new CallFailure("roster_unavailable", "The organization's users can't be read now."), null)
                    : Stop(
                        claim, CallState.Failed, "acting_user_missing",
                        "No Siro user to upload as: the client's DefaultUser or the organization's DefaultUserId is not set, "
                        + "or is no user of the organization.");
            }

            if (earlier is not null && UploadRetry.IsPossible(earlier))
            {
                return await CreateAgainAsync(claim, earlier, Metadata(notice, rep), cancellationToken);
            }

            if (await claim.SaveAsync(CallState.Fetching, claim.Data with { Notice = notice }, cancellationToken) == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }

            var fetched = await FetchAsync(call, notice, source, cancellationToken);
            return fetched.File is { } file
                ? await ForwardAsync(claim, call, notice, rep, actingUser, file, cancellationToken)
                : fetched.Verdict == FetchVerdict.Refused
                    ? Stop(claim, CallState.Failed, fetched.Failure!.Code, fetched.Failure.Detail)
                    : Later(claim, fetched.Failure!, fetched.RetryAfter);
        }
        catch (ProviderUnavailableException e)
        {
            return Later(claim, new CallFailure(e.Code, e.Message), e.RetryAfter);
        }
        catch (AddressForbiddenException)
        {
            return Stop(
                claim, CallState.Failed, "address_forbidden",
                "The provider's API is at an address that this gateway does not connect to (Calls:AllowedNetworks).");
        }
        catch (ProblemException e)
        {
            return OfProblem(claim, e.Problem);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return claim.IsHeld ? JobOutcome.GiveBack : JobOutcome.Settled;
        }
    }

    private async Task<CallNotice> LookUpAsync(
        CallNotice notice, CallSourceOptions? source, bool needed, CancellationToken cancellationToken) =>
        needed && source is not null && await SourceRegistry.Of(source).LookUpAsync(notice, source, api, cancellationToken) is { } more
            ? more
            : notice;

    /// <summary>
    /// An expired URL is asked for again, once; where the provider can't be asked, or says the same, it counts as not ready.
    /// </summary>
    private async Task<FetchResult> FetchAsync(
        CallRecord call, CallNotice notice, CallSourceOptions? source, CancellationToken cancellationToken)
    {
        var credential = source ?? sources.ForUrl(call.Client, notice.RecordingUrl!);
        var fetched = await fetch.FetchAsync(notice.RecordingUrl!, call.Client, credential, cancellationToken);
        if (fetched.Verdict != FetchVerdict.Expired)
        {
            return fetched;
        }

        var again = await LookUpAsync(notice, source, true, cancellationToken);
        return again.RecordingUrl == notice.RecordingUrl
            ? fetched
            : await fetch.FetchAsync(again.RecordingUrl!, call.Client, credential, cancellationToken);
    }

    private async Task<JobOutcome> ForwardAsync(
        JobClaim<CallData> claim, CallRecord call, CallNotice notice, ResolvedRep rep, UserId actingUser, ReceivedFile file,
        CancellationToken cancellationToken)
    {
        var uploadId = "up_" + call.Id;
        var forwarding = claim.Data with { Upload = uploadId, Failure = null };
        UploadTicket ticket;
        var own = file;
        try
        {
            if (await claim.SaveAsync(CallState.Forwarding, forwarding, cancellationToken) == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }

            var owner = new UploadOwner(call.Organization, call.Client, actingUser);
            var submission = new UploadSubmission(owner, file, Metadata(notice, rep), Id: uploadId);
            own = null;
            ticket = await uploads.SubmitAsync(submission, cancellationToken);
        }
        finally
        {
            // What is not submitted would hold its part of the spool until the process ends.
            if (own is not null)
            {
                await own.DisposeAsync();
            }
        }

        var ended = ticket.Watch is { } watch ? await FollowAsync(claim, watch, cancellationToken) : ticket.Record;
        ended ??= await uploads.FindAsync(call.Organization, uploadId, cancellationToken);
        return ended is not null ? OfUpload(claim, ended) : claim.RetryAfter(randomness.Around(SiroPause, 0.3), CallState.Forwarding);
    }

    /// <summary>Waits for the upload's end, and keeps what it stumbles over with the call meanwhile.</summary>
    private static async Task<UploadRecord?> FollowAsync(JobClaim<CallData> claim, UploadWatch watch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var failed = watch.WhenFailed;
            if (await Task.WhenAny(watch.WhenEnded, failed).WaitAsync(cancellationToken) != failed)
            {
                return await watch.WhenEnded;
            }

            if (await claim.SaveAsync(null, claim.Data with { Failure = Failure(await failed) }, cancellationToken) == JobWrite.LeaseLost)
            {
                return await watch.WhenEnded.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>The storage has the bytes: only the recording is created again, as the call is known by now.</summary>
    private async Task<JobOutcome> CreateAgainAsync(
        JobClaim<CallData> claim, UploadRecord upload, UploadMetadata metadata, CancellationToken cancellationToken)
    {
        await uploads.RetryAsync(upload, metadata, cancellationToken);
        return claim.RetryAfter(UploadTime, CallState.Forwarding);
    }

    private static CallFailure Failure(FailedTry tried) =>
        new(tried.Failure.Code, tried.Failure.Detail) { UploadTries = tried.Tries, UploadDueAt = tried.Next };

    private static UploadMetadata Metadata(CallNotice notice, ResolvedRep rep) => new()
    {
        Title = notice.Title,
        UserId = rep.UserId,
        UserEmail = rep.Email,
        UserPhone = rep.Phone,
        ConversationType = notice.ConversationType,
        IntegrationConnectionId = notice.IntegrationConnectionId,
        CrmObjects = notice.CrmObjects is { Count: > 0 } objects
            ? [.. objects.Select(o => new CrmObject(o.ObjectType!, o.ObjectId!))]
            : null,
        CustomerName = notice.Customer.Name,
        CustomerPhone = notice.Customer.Phone,
        DateCreated = notice.StartedAt,
    };

    private static bool HasFailed(UploadRecord upload) => upload.State is UploadState.Failed or UploadState.BytesExpired;

    /// <summary>What the upload's state means for the call.</summary>
    private JobOutcome OfUpload(JobClaim<CallData> claim, UploadRecord upload) => upload.State switch
    {
        UploadState.Created => claim.Done(CallState.Created, claim.Data with { Recording = upload.RecordingId, Failure = null }),
        UploadState.Uncertain => claim.Park(CallState.Uncertain, claim.Data with
        {
            Upload = upload.Id,
            Failure = new CallFailure(
                "upload_uncertain", $"Siro may have the recording, or not: look at /v1/uploads/{upload.Id} and retry it there."),
        }),
        UploadState.Failed or UploadState.BytesExpired => Ended(claim, upload),
        _ => StillRuns(claim, upload),
    };

    private JobOutcome Ended(JobClaim<CallData> claim, UploadRecord upload)
    {
        var last = upload.Failures is [.., { } failure]
            ? new CallFailure(failure.Code, failure.Detail)
            : new CallFailure("internal_error", "The upload failed without a reason that was kept.");
        var data = claim.Data with { Upload = upload.Id };
        return upload.MayPass ? Later(claim, last, null, data) : claim.Park(CallState.Failed, data with { Failure = last });
    }

    /// <summary>
    /// Another replica runs it, or it waits in its own queue; <c>Uploads:CreateFor</c> bounds it. The call shows what it waits for.
    /// </summary>
    private JobOutcome StillRuns(JobClaim<CallData> claim, UploadRecord upload)
    {
        var pause = randomness.Around(SiroPause, 0.3);
        if (upload is not { Retries: > 0, Failures: [.., { } last] })
        {
            return claim.RetryAfter(pause, CallState.Forwarding);
        }

        var now = time.GetUtcNow();
        var due = upload.DueAt - now is { } left && left > TimeSpan.Zero ? left + UploadTime : pause;
        var failure = new CallFailure(last.Code, last.Detail) { UploadTries = upload.Retries, UploadDueAt = upload.DueAt ?? now + pause };
        return claim.RetryAfter(due, CallState.Forwarding, claim.Data with { Failure = failure });
    }

    private JobOutcome OfProblem(JobClaim<CallData> claim, Problem problem) =>
        SiroOutcome.IsPermanent(problem)
            ? Stop(claim, CallState.Failed, problem.Code, problem.Detail)
            : Later(claim, new CallFailure(problem.Code, problem.Detail), problem.RetryAfter);

    private JobOutcome Later(JobClaim<CallData> claim, CallFailure failure, TimeSpan? after, CallData? changed = null)
    {
        var (settings, data) = (options.Current, changed ?? claim.Data);
        var trying = time.GetUtcNow() - (data.Since ?? claim.Job.CreatedAt);
        return CallRetryPolicy.NextTry(settings, data.Tries, trying, after, randomness) is { } pause
            ? claim.RetryAfter(pause, CallState.Waiting, data with { Tries = data.Tries + 1, Failure = failure })
            : claim.Park(CallState.Failed, data with
            {
                Failure = failure with { Detail = $"{failure.Detail} Given up after {settings.GiveUpAfter}." },
            });
    }

    private static JobOutcome Stop(JobClaim<CallData> claim, string state, string code, string detail) =>
        claim.Park(state, claim.Data with { Failure = new CallFailure(code, detail) });

    private static partial class Log
    {
        [LoggerMessage(1901, LogLevel.Information,
            "Call {Id} of {Organization}, client {Client}, source {Source}: {State} after attempt {Attempt}, {Milliseconds:0} ms")]
        public static partial void Ran(
            ILogger logger, string id, string organization, string? client, string? source, string state, int attempt, double milliseconds);
    }
}
