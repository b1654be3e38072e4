using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Subscriptions;

/// <summary>Making, changing, listing and removing subscriptions. Answers carry the revision as ETag; changes heed If-Match.</summary>
internal sealed class SubscriptionEndpoints(
    SubscriptionAccess access, SubscriptionStore store, SubscriptionRegistry registry, Randomness randomness, TimeProvider time,
    ISettings<WebhooksOptions> settings, OutboundClient outbound)
{
    /// <summary>Most secrets that sign beside the current one: each is a signature in the headers of every delivery.</summary>
    private const int MostPrevious = 10;

    /// <summary>How often a change that heeds no ETag is made again because somebody was faster.</summary>
    private const int MostConflicts = 20;

    public async Task<IResult> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = (int)query.Number("limit", 100, 1, 1000);
        var after = query.Text("cursor") ?? "";
        var all = await access.ListAsync(context.Caller(), context.RequestAborted);
        var page = all.Where(s => string.CompareOrdinal(s.Id.Value, after) > 0).Take(limit + 1).ToList();
        var more = page.Count > limit;
        return Results.Ok(new { data = page.Take(limit).Select(s => View(s)), cursor = more ? page[limit - 1].Id.Value : null });
    }

    public async Task<IResult> GetAsync(HttpContext context, string id)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        var tag = Tag(subscription);
        context.Response.Headers.ETag = tag;

        // A list may stand in one header; a cache on the way may have made a tag weak, which here counts as well as the strong one.
        return Tags(context.Request.Headers.IfNoneMatch).Any(t => t == "*" || t == tag || t == "W/" + tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Ok(View(subscription));
    }

    public async Task<IResult> CreateAsync(HttpContext context)
    {
        var caller = context.Caller();
        var input = await ReadAsync(context);
        var now = time.GetUtcNow();
        var secret = input.Pull ? null : input.Secret ?? SigningSecret.New(randomness);
        var subscription = Apply(
            input,
            new Subscription
            {
                Id = new SubscriptionId(randomness.Id("sub")),
                Organization = caller.Organization,
                Owner = caller.Client,
                Events = input.Events,
                Secret = secret,
                CreatedAt = now,
                UpdatedAt = now,
            });
        var (status, written) = await store.PutAsync(subscription, PutMode.Create, expected: null, with: null, context.RequestAborted);
        if (status == PutStatus.TooMany)
        {
            throw new ProblemException(new Problem(409, "too_many_subscriptions",
                $"An organization has at most {settings.Current.MaxSubscriptions} subscriptions."));
        }

        context.Response.Headers.ETag = Tag(written);
        return Results.Created($"/v1/subscriptions/{written.Id}", View(written, secret));
    }

    public async Task<IResult> ReplaceAsync(HttpContext context, string id)
    {
        var old = await WritableAsync(context, id);
        var input = await ReadAsync(context);
        if (input.Pull != old.IsPull)
        {
            throw new ProblemException(
                new Problem(422, "invalid_subscription", "A subscription can't change between push (url) and pull. Create another.")
            {
                Errors = [new FieldError("pull", "not_changeable", "can't be changed")],
            });
        }

        return await PutAsync(context, old, before =>
        {
            var changed = Apply(input, before with { UpdatedAt = time.GetUtcNow() });
            return input.Secret is { } secret && !secret.Equals(before.Secret) ? Rotated(changed, secret) : changed;
        });
    }

    /// <summary>A subscription as the request's body describes it, judged like one that is to be stored; nothing is.</summary>
    public async Task<Subscription> DraftAsync(HttpContext context)
    {
        var caller = context.Caller();
        var input = await ReadAsync(context);
        var now = time.GetUtcNow();
        return Apply(
            input,
            new Subscription
            {
                Id = new SubscriptionId("preview"),
                Organization = caller.Organization,
                Owner = caller.Client,
                Events = input.Events,
                Secret = input.Pull ? null : input.Secret ?? SigningSecret.New(randomness),
                CreatedAt = now,
                UpdatedAt = now,
            });
    }

    private async Task<SubscriptionInput> ReadAsync(HttpContext context)
    {
        var rules = settings.Current.Rules;
        var input = SubscriptionInput.Read(
            await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, context.RequestAborted, maxDepth: 64), rules);
        return input.Url is null || await outbound.RefusalAsync(new Uri(input.Url), "url", rules, context.RequestAborted) is not { } refusal
            ? input
            : throw SubscriptionInput.Wrong([refusal]);
    }

    public async Task<IResult> DeleteAsync(HttpContext context, string id)
    {
        var old = await WritableAsync(context, id);
        for (var again = Again(context);
            await store.RemoveAsync(old.Organization, old.Id, old.Revision, context.RequestAborted) == PutStatus.OtherRevision; again--)
        {
            old = again > 0 ? await WritableAsync(context, id) : throw Changed();
        }

        return Results.NoContent();
    }

    public async Task<IResult> RotateAsync(HttpContext context, string id)
    {
        var old = await WritableAsync(context, id);
        if (old.IsPull)
        {
            throw PullProblem();
        }

        var json = await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, context.RequestAborted, mayBeAbsent: true);
        List<FieldError> errors =
            [.. json.EnumerateObject().Where(m => m.Name != "secret")
            .Select(m => new FieldError(m.Name, "unknown_field", "is not part of a rotation"))];
        var secret = json.Member("secret").ValueKind == JsonValueKind.Undefined
            ? SigningSecret.New(randomness)
            : new Secret(json.Text("secret") ?? "");
        SubscriptionRules.Secret(secret, "secret", errors.Add);
        if (errors.Count > 0)
        {
            throw SubscriptionInput.Wrong(errors);
        }

        return await PutAsync(context, old, before => secret.Equals(before.Secret) ? before : Rotated(before, secret), secret);
    }

    public async Task<IResult> EnableAsync(HttpContext context, string id)
    {
        var old = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        if (old.DisabledReason == "configuration")
        {
            throw ReadOnly();
        }

        RefuseIfChanged(context, old);

        // From now on it has its whole time again, whatever failed before.
        await store.NoteAsync(old.Organization, old.Id, failed: false, context.RequestAborted);
        return await PutAsync(context, old,
            before =>
            before.Enabled
                ? before
                : before with
                {
                    Enabled = true, DisabledReason = null, DisabledAt = null, DisabledBy = null, DisabledByPerson = null,
                    UpdatedAt = time.GetUtcNow(),
                });
    }

    public async Task<IResult> DisableAsync(HttpContext context, string id)
    {
        var old = await WritableAsync(context, id);
        var now = time.GetUtcNow();
        var (client, person) = (context.Caller().Client, AuditedPerson.Of(context)?.PersonId);
        return await PutAsync(context, old, before => !before.Enabled
            ? before
            : before with
            {
                Enabled = false, DisabledReason = "requested", DisabledAt = now, DisabledBy = client, DisabledByPerson = person,
                UpdatedAt = now,
            });
    }

    /// <summary>409 for what needs an endpoint.</summary>
    public static ProblemException PullProblem() =>
        new(new Problem(409, "pull_subscription", "This subscription has no endpoint: its events are read."));

    private async Task<Subscription> WritableAsync(HttpContext context, string id)
    {
        var subscription = await access.FindAsync(context.Caller(), id, context.RequestAborted);
        if (subscription.Configured)
        {
            throw ReadOnly();
        }

        RefuseIfChanged(context, subscription);
        return subscription;
    }

    private static void RefuseIfChanged(HttpContext context, Subscription subscription)
    {
        if (context.Request.Headers.IfMatch is { Count: > 0 } tags && !Tags(tags).Any(t => t == "*" || t == Tag(subscription)))
        {
            throw Changed();
        }
    }

    /// <summary>
    /// Writes the change. Where somebody was faster, it is made again from what that one left, unless the caller asked by If-Match to be
    /// told.
    /// </summary>
    private async Task<IResult> PutAsync(
        HttpContext context, Subscription old, Func<Subscription, Subscription> change, Secret? shown = null)
    {
        for (var again = Again(context); ; again--)
        {
            if (change(old) is var changed && ReferenceEquals(changed, old))
            {
                return Answer(context, old, shown);
            }

            var (status, written) = await store.PutAsync(changed, PutMode.Replace, old.Revision, with: null, context.RequestAborted);
            switch (status)
            {
                case PutStatus.Written:
                    return Answer(context, written, shown);
                case PutStatus.NotFound:
                    throw new ProblemException(
                        new Problem(404, "subscription_not_found", "The subscription has been removed in the meantime."));
                case PutStatus.OtherRevision when again > 0:
                    old = await access.FindAsync(context.Caller(), old.Id.Value, context.RequestAborted);
                    break;
                default:
                    throw Changed();
            }
        }
    }

    private static int Again(HttpContext context) => context.Request.Headers.IfMatch.Count > 0 ? 0 : MostConflicts;

    private IResult Answer(HttpContext context, Subscription subscription, Secret? shown)
    {
        context.Response.Headers.ETag = Tag(subscription);
        return Results.Ok(View(subscription, shown));
    }

    private static Subscription Apply(SubscriptionInput input, Subscription to) => to with
    {
        Url = input.Url,
        Events = input.Events,
        FilterJson = input.FilterJson,
        Filter = input.Filter,

        // A header that comes back as it was shown keeps its value.
        Headers = input.Headers
            .Select(h =>
                KeyValuePair.Create(
                    h.Key, h.Value == Secret.Redacted && to.Headers.TryGetValue(h.Key, out var kept) ? kept : new Secret(h.Value)))
            .ToFrozenDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase),
        RatePerSecond = input.RatePerSecond,
        Concurrency = input.Concurrency,
        Timeout = input.Timeout,
        SecretGrace = input.SecretGrace,
        Order = input.Order,
        Enrich = input.Enrich,
        Description = input.Description,
    };

    private Subscription Rotated(Subscription subscription, Secret secret)
    {
        var now = time.GetUtcNow();
        var rotated = subscription.Rotated(secret, now + (subscription.SecretGrace ?? settings.Current.SecretGrace), now);
        return rotated.PreviousSecrets.Count <= MostPrevious
            ? rotated
            : throw new ProblemException(new Problem(
                409, "too_many_rotations",
                $"{MostPrevious} secrets before this one still sign. Rotate again when the oldest of them has ended.")
            {
                RetryAfter = rotated.PreviousSecrets[^2].Until - now,
            });
    }

    private SubscriptionView View(Subscription subscription, Secret? shown = null) => SubscriptionView.Of(
        subscription,
        registry.Peek(subscription.Organization)?.FailingSince is { } failing && failing.TryGetValue(subscription.Id, out var since)
            ? since
            : null,
        time.GetUtcNow(),
        shown);

    private static string Tag(Subscription subscription) => string.Create(CultureInfo.InvariantCulture, $"\"{subscription.Revision}\"");

    private static string[] Tags(StringValues header) => header.ToString().Split(',', StringSplitOptions.TrimEntries);

    private static ProblemException Changed() =>
        new(new Problem(412, "etag_mismatch", "The subscription has changed since this ETag was given. Read it again."));

    private static ProblemException ReadOnly() =>
        new(new Problem(409, "read_only", "This subscription is defined in gateway.json. Change it there."));
}
