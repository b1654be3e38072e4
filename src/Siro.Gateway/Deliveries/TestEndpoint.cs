using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// Sends one made-up event at once and shows how it went. It is neither stored nor repeated, and says nothing about the endpoint's health.
/// </summary>
internal sealed class TestEndpoint(
    SubscriptionAccess access, SubscriptionEndpoints subscriptions, EventLog log, DeliverySender sender, Randomness randomness)
{
    /// <summary>Events that a draft is compared with.</summary>
    private const int ScanLimit = 200;

    /// <summary>Matching ones that are shown.</summary>
    private const int Shown = 10;

    public async Task<IResult> SendAsync(HttpContext context, string id)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        return subscription.IsPull
            ? throw SubscriptionEndpoints.PullProblem()
            : Results.Ok(await SendAsync(subscription, context.RequestAborted));
    }

    /// <summary>
    /// <c>POST /v1/subscriptions/preview</c>: a subscription before it is saved: is it right, which of the last events would it have got,
    /// and with <c>?test=true</c> how its endpoint answers.
    /// </summary>
    public async Task<IResult> PreviewAsync(HttpContext context)
    {
        var draft = await subscriptions.DraftAsync(context);
        var page =
            await log.ListAsync(draft.Organization,
            new EventQuery { Limit = ScanLimit, ScanLimit = ScanLimit, WithBodies = draft.Filter is not null }, context.RequestAborted);
        var matching = page.Events.Where(e => draft.Takes(e.Type) && (draft.Filter?.Matches(Payload.Parse(e.Body)) ?? true)).ToList();
        var test = context.Request.Query.Flag("test") && !draft.IsPull ? await SendAsync(draft, context.RequestAborted) : null;
        return Results.Ok(new PreviewAnswer(
            new PreviewMatches(page.Events.Count, matching.Count,
                [.. matching.Take(Shown).Select(e => new PreviewEvent(e.Id, e.Type, e.RecordingId, e.ReceivedAt))]), test));
    }

    private async Task<TestAnswer> SendAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var test = DerivedEvent.Test(randomness.Id("evt_test"), subscription.Id.Value);
        var attempt = (await sender.SendAsync(subscription, test.Id, test.Body, replay: false, cancellationToken)).Attempt;
        return new TestAnswer(test.Id, attempt.Succeeded, attempt.Status, attempt.DurationMs, attempt.Error, attempt.Answer,
            attempt.AnswerTruncated);
    }
}

/// <summary>How a test went.</summary>
/// <param name="Answer">The first 4 KiB of the endpoint's answer.</param>
/// <param name="AnswerTruncated">The answer went on behind that.</param>
internal sealed record TestAnswer(
    string Id, bool Delivered, int? Status, long DurationMs, string? Error, string? Answer, bool AnswerTruncated);

/// <summary>A subscription before it is saved. <paramref name="Test"/> is null unless one was asked for.</summary>
internal sealed record PreviewAnswer(PreviewMatches Matches, TestAnswer? Test);

/// <summary>Of the newest events, how many it would have got, and the newest of those.</summary>
internal sealed record PreviewMatches(int Looked, int Matched, IReadOnlyList<PreviewEvent> Events);

internal sealed record PreviewEvent(string Id, string Type, string? RecordingId, DateTimeOffset ReceivedAt);
