using System.Runtime.CompilerServices;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Subscriptions;

/// <summary>Subscriptions: <c>/v1/subscriptions</c>.</summary>
public sealed class SubscriptionsClient
{
    private const string Path = "/v1/subscriptions";
    private readonly GatewayTransport _transport;

    internal SubscriptionsClient(GatewayTransport transport) => _transport = transport;

    /// <summary>Makes a subscription. The answer has its secret, this once.</summary>
    public Task<Subscription> CreateAsync(SubscriptionRequest subscription, CancellationToken cancellationToken = default) =>
        WriteAsync(HttpMethod.Post, Path, subscription, cancellationToken);

    /// <summary>The client's subscriptions; the organization's with <c>admin</c>.</summary>
    public IAsyncEnumerable<Subscription> ListAsync(CancellationToken cancellationToken = default) =>
        _transport.ListAsync(Path, GatewayJson.Default.SiroPageSubscription, cancellationToken);

    /// <summary>One subscription; <c>subscription_not_found</c> where there is none of the caller's.</summary>
    public Task<Subscription> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(HttpMethod.Get, Of(id), GatewayJson.Default.Subscription, null, repeatable: true, cancellationToken);

    /// <summary>Replaces everything but its kind; a header that is sent back as <c>[redacted]</c> keeps its value.</summary>
    public Task<Subscription> ReplaceAsync(string id, SubscriptionRequest subscription, CancellationToken cancellationToken = default) =>
        WriteAsync(HttpMethod.Put, Of(id), subscription, cancellationToken);

    /// <summary>Removes it.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, Of(id)), repeatable: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a made-up event at once and tells how it went.</summary>
    public Task<TestDelivery> TestAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Post, Of(id) + "/test", GatewayJson.Default.TestDelivery, null, repeatable: false, cancellationToken);

    /// <summary>
    /// Rotates the secret. The answer has the new one, this once; the old one signs as well until
    /// <see cref="Subscription.PreviousSecretUntil"/>.
    /// </summary>
    public Task<Subscription> RotateSecretAsync(string id, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, "secret", cancellationToken);

    /// <summary>Delivers events again, from the next one on.</summary>
    public Task<Subscription> EnableAsync(string id, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, "enable", cancellationToken);

    /// <summary>Stops deliveries; events meanwhile are recorded as <c>skipped</c> and can be replayed.</summary>
    public Task<Subscription> DisableAsync(string id, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, "disable", cancellationToken);

    /// <summary>Sends events again in the background, at most 100,000.</summary>
    public Task<ReplayResult> ReplayAsync(string id, ReplayRequest replay, CancellationToken cancellationToken = default) =>
        StartReplayAsync(Of(id) + "/replay", replay, cancellationToken);

    /// <summary>How many events a replay would send.</summary>
    public async Task<long> CountReplayAsync(string id, ReplayRequest replay, CancellationToken cancellationToken = default) =>
        (await StartReplayAsync(Of(id) + "/replay?preview=true", replay, cancellationToken).ConfigureAwait(false)).Count;

    /// <summary>
    /// The events of a subscription that is read (<see cref="SubscriptionRequest.Pull"/>), as they come, without end: from what was
    /// acknowledged last, or after
    /// <paramref name="after"/>. Broken connections and restarts of the gateway are survived. Acknowledge what is done, else it comes
    /// again next time.
    /// </summary>
    public async IAsyncEnumerable<PulledEvent> ReadAsync(
        string id, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var cursor = after;
        for (var failures = 0; ;)
        {
            PulledPage page;
            try
            {
                page = await _transport.SendAsync(
                    HttpMethod.Get,
                    Paths.Query(Of(id) + "/events", ("cursor", cursor), ("limit", "100"), ("wait", "30")),
                    GatewayJson.Default.PulledPage,
                    null,
                    repeatable: true,
                    cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception e) when (IsPassing(e) && !cancellationToken.IsCancellationRequested)
            {
                // Reading goes on for ever: the gateway being away for an hour is no reason to end it.
                await Task.Delay(_transport.Backoff(++failures), _transport.Time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            foreach (var e in page.Data)
            {
                yield return e;
            }

            cursor = page.Cursor;
        }
    }

    /// <summary>Everything up to <paramref name="cursor"/> is done. It never goes back.</summary>
    public async Task AcknowledgeAsync(string id, string cursor, CancellationToken cancellationToken = default)
    {
        using var body = JsonBody.Of(new Acknowledgement(cursor), GatewayJson.Default.Acknowledgement);
        using var response = await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, Of(id) + "/events/ack") { Content = body },
            repeatable: true,
            cancellationToken).ConfigureAwait(false);
    }

    private static bool IsPassing(Exception e) => e is HttpRequestException or IOException or SiroGatewayException { IsTransient: true };

    private static string Of(string id) => $"{Path}/{Paths.Segment(id, nameof(id))}";

    private Task<Subscription> ChangeAsync(string id, string what, CancellationToken cancellationToken) =>
        _transport.SendAsync(
            HttpMethod.Post,
            $"{Of(id)}/{what}",
            GatewayJson.Default.Subscription,
            null,
            repeatable: false,
            cancellationToken);

    private async Task<Subscription> WriteAsync(
        HttpMethod method, string path, SubscriptionRequest subscription, CancellationToken cancellationToken)
    {
        using var body = JsonBody.Of(subscription, GatewayJson.Default.SubscriptionRequest);
        return await _transport.SendAsync(
            method, path, GatewayJson.Default.Subscription, body, repeatable: false, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ReplayResult> StartReplayAsync(string path, ReplayRequest replay, CancellationToken cancellationToken)
    {
        using var body = JsonBody.Of(replay, GatewayJson.Default.ReplayRequest);
        return await _transport.SendAsync(
            HttpMethod.Post, path, GatewayJson.Default.ReplayResult, body, repeatable: false, cancellationToken).ConfigureAwait(false);
    }
}
