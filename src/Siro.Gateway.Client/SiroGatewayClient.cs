using Siro.Gateway.Client.Access;
using Siro.Gateway.Client.Calls;
using Siro.Gateway.Client.Events;
using Siro.Gateway.Client.Http;
using Siro.Gateway.Client.Links;
using Siro.Gateway.Client.People;
using Siro.Gateway.Client.Recordings;
using Siro.Gateway.Client.Hosts;
using Siro.Gateway.Client.Subscriptions;
using Siro.Gateway.Client.Sync;
using Siro.Gateway.Client.Uploads;

namespace Siro.Gateway.Client;

/// <summary>
/// Siro.Gateway's API. Every member throws <see cref="SiroGatewayException"/> for a refusal of the gateway's,
/// <see cref="HttpRequestException"/> when no
/// answer came, and takes a cancellation token. One instance serves the whole process; all members may be called at the same time.
/// </summary>
public sealed class SiroGatewayClient
{
    private readonly GatewayTransport _transport;

    internal SiroGatewayClient(GatewayTransport transport)
    {
        _transport = transport;
        Uploads = new UploadsClient(transport);
        Calls = new CallsClient(transport);
        Subscriptions = new SubscriptionsClient(transport);
        Events = new EventsClient(transport);
        Sync = new SyncClient(transport);
        Recordings = new RecordingsClient(transport);
        People = new PeopleClient(transport);
        Links = new LinksClient(transport);
        External = new SiroHostClient(transport, "/external");
        Platform = new SiroHostClient(transport, "/platform");
        Internal = new SiroHostClient(transport, "/internal");
    }

    /// <summary>Recordings to Siro in one call (<c>uploads:write</c>).</summary>
    public UploadsClient Uploads { get; }

    /// <summary>Recordings of ended calls, by reference (<c>calls:write</c>).</summary>
    public CallsClient Calls { get; }

    /// <summary>Who gets which events (<c>subscriptions:write</c>), and events by cursor for subscriptions that are read.</summary>
    public SubscriptionsClient Subscriptions { get; }

    /// <summary>The log of events and deliveries (<c>events:read</c>).</summary>
    public EventsClient Events { get; }

    /// <summary>CRM engagements and opportunities (<c>sync:write</c>).</summary>
    public SyncClient Sync { get; }

    /// <summary>Merged recordings (<c>platform:read</c>).</summary>
    public RecordingsClient Recordings { get; }

    /// <summary>Reps by email, phone or CRM id (<c>people:read</c>).</summary>
    public PeopleClient People { get; }

    /// <summary>Deep links and conversation types (<c>links:read</c>).</summary>
    public LinksClient Links { get; }

    /// <summary>Siro's external API, with the organization's token.</summary>
    public SiroHostClient External { get; }

    /// <summary>Siro's platform API, as the acting user.</summary>
    public SiroHostClient Platform { get; }

    /// <summary>Siro's internal API, as the acting user.</summary>
    public SiroHostClient Internal { get; }

    /// <summary>The caller as the gateway sees it: <c>GET /v1/me</c>.</summary>
    public Task<CallerInfo> GetMeAsync(CancellationToken cancellationToken = default) =>
        _transport.SendAsync(HttpMethod.Get, "/v1/me", GatewayJson.Default.CallerInfo, null, repeatable: true, cancellationToken);

    /// <summary>
    /// The same client acting for another Siro user (an id or an email), which the operator must allow: else 403 <c>user_forbidden</c>.
    /// </summary>
    public SiroGatewayClient ForUser(string user) => For(_transport.Scope with { ActingUser = Header(user, nameof(user)) });

    /// <summary>The same client for another organization of a client that works on several.</summary>
    public SiroGatewayClient ForOrganization(string organization) =>
        For(_transport.Scope with { Organization = Header(organization, nameof(organization)) });

    private SiroGatewayClient For(CallScope scope) => new(_transport.For(scope));

    private static string Header(string value, string parameter) =>
        SiroGatewayOptionsValidator.IsHeaderValue(value)
            ? value
            : throw new ArgumentException("must be visible ASCII without blanks", parameter);
}
