using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Sends one made-up event at once and shows how it went. It is neither stored nor repeated, and says nothing about the endpoint's health.</summary>
internal sealed class TestEndpoint(SubscriptionAccess access, DeliverySender sender, Randomness randomness)
{
    public async Task<IResult> SendAsync(HttpContext context, string id)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        if (subscription.IsPull)
        {
            throw SubscriptionEndpoints.PullProblem();
        }

        var test = DerivedEvent.Test(randomness.Id("evt_test"), subscription.Id.Value);
        var result = await sender.SendAsync(subscription, test.Id, test.Body, replay: false, context.RequestAborted);
        return Results.Ok(new
        {
            id = test.Id,
            delivered = result.Attempt.Succeeded,
            status = result.Attempt.Status,
            durationMs = result.Attempt.DurationMs,
            error = result.Attempt.Error,
            answer = result.Attempt.Answer,
        });
    }
}
