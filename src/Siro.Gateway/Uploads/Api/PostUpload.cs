using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Uploads.Api;

/// <summary><c>POST /v1/uploads</c>: one multipart request becomes Siro's three steps.</summary>
internal sealed class PostUpload(FormReceiver receiver, UploadPipeline pipeline, IdempotencyKeys keys, IStoreHealth store,
    ISettings<UploadsOptions> options, TimeProvider time)
{
    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var caller = context.Caller();
        if (caller.ActingUser is not { } actingUser)
        {
            return new ProblemResult(UploadProblems.ActingUserMissing);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.Current.MaxBytes + FormReceiver.MaxOverhead;
        }

        IdleTimeoutBody.TakeOver(context);
        var owner = new UploadOwner(caller.Organization, caller.Client, actingUser);
        var key = IdempotencyKey.Of(context.Request);
        var early = WantsEarly(context.Request);

        // Better now than after 100 MB.
        if (!store.Current.Available && !(await store.ProbeAsync(context.RequestAborted)).Available)
        {
            return new ProblemResult(UploadProblems.StoreUnavailable);
        }

        // A repeat may have nothing to send: then nothing goes ahead of the answer.
        var mayRunAhead = key is null || await IsNewAsync(key.Value, owner.Client, context.RequestAborted);
        var form = await receiver.ReceiveAsync(
            context.Request, owner.Client, mayRunAhead ? pipeline.CutThroughFor(owner) : null, context.RequestAborted);
        var ticket = await pipeline.SubmitAsync(
            new UploadSubmission(owner, form.File, form.Metadata, key, RespondEarly: early), context.RequestAborted);
        if (ticket.Watch is not { } watch)
        {
            return new UploadAnswer(ticket.Record, replayed: true, preferenceApplied: ticket.Record.AnsweredEarly && early);
        }

        var upload = await WaitAsync(watch, early, context.RequestAborted)
            ?? await AfterLossAsync(owner, ticket.Record.Id, context.RequestAborted);
        return new UploadAnswer(upload, replayed: false, preferenceApplied: early);
    }

    /// <summary>The caller's <c>Prefer: respond-async</c> (RFC 7240).</summary>
    private static bool WantsEarly(HttpRequest request) =>
        request.Headers["Prefer"].ToString().Split([',', ';'], StringSplitOptions.TrimEntries)
            .Contains("respond-async", StringComparer.OrdinalIgnoreCase);

    private async Task<bool> IsNewAsync(IdempotencyKey key, ClientName client, CancellationToken cancellationToken) =>
        await keys.FindAsync(key, client, cancellationToken) is null;

    private async Task<UploadRecord?> WaitAsync(UploadWatch watch, bool early, CancellationToken cancellationToken)
    {
        var stored = await watch.WhenStored.WaitAsync(cancellationToken);
        if (early || stored is null || UploadState.IsEnd(stored.State))
        {
            return stored;
        }

        using var over = new CancellationTokenSource(options.Current.CreateWait, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            return await watch.WhenEnded.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            watch.AnsweredEarly = true;
            return stored;
        }
    }

    /// <summary>The lease was lost or the store was away: what is stored decides what can be promised.</summary>
    private async Task<UploadRecord> AfterLossAsync(UploadOwner owner, string id, CancellationToken cancellationToken) =>
        await pipeline.FindAsync(owner.Organization, id, cancellationToken) ?? throw new ProblemException(UploadProblems.StoreUnavailable);
}
