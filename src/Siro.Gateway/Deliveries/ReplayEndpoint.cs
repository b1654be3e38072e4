using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary><c>POST /v1/subscriptions/{id}/replay</c>: 202 with the count, carried out in the background; <c>?preview=true</c> only counts.</summary>
internal sealed class ReplayEndpoint(SubscriptionAccess access, Replays replays, PullReader pull, JobQueues queues, Randomness randomness)
{
    public async Task<IResult> PostAsync(HttpContext context, string id)
    {
        var cancellationToken = context.RequestAborted;
        var caller = context.Caller();
        var subscription = await access.FindAsync(caller, id, cancellationToken);
        var filter = ReplayFilter.Read(await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, cancellationToken, mayBeAbsent: true));
        var preview = context.Request.Query.Flag("preview");
        if (subscription.IsPull)
        {
            return await BackAsync(subscription, filter, preview, cancellationToken);
        }

        if (!preview && !subscription.Enabled)
        {
            throw new ProblemException(new Problem(409, "subscription_disabled", "The subscription is disabled: enable it first."));
        }

        var count = await replays.CountAsync(subscription, filter, cancellationToken);
        if (preview)
        {
            return Results.Ok(new { count });
        }

        var fields = filter.ToFields();
        fields["subscription"] = subscription.Id.Value;
        var replay = randomness.Id("rpl");
        await queues.Queue(ReplayHandler.Kind, subscription.Organization.Value).EnqueueAsync(
            new JobSpec { Id = new JobId(replay), State = "replaying", Fields = fields, Client = caller.Client.Value, KeepFor = TimeSpan.FromDays(1) }, new OperationId(replay), cancellationToken);
        return Results.Accepted(value: new { id = replay, count });
    }

    /// <summary>A reader replays by going back.</summary>
    private async Task<IResult> BackAsync(Subscription subscription, ReplayFilter filter, bool preview, CancellationToken cancellationToken)
    {
        if (filter.Since is not { } since)
        {
            throw new ProblemException(new Problem(422, "invalid_replay", "A subscription that is read goes back to a time.") { Errors = [new FieldError("since", "required", "is needed")] });
        }

        var count = await replays.CountAsync(subscription, filter with { Status = null }, cancellationToken);
        if (preview)
        {
            return Results.Ok(new { count });
        }

        var cursor = await pull.MoveAsync(subscription, StoredEvent.NumberOf(since) - 1, back: true, cancellationToken);
        return Results.Accepted(value: new { count, cursor = cursor.ToString(CultureInfo.InvariantCulture) });
    }
}
