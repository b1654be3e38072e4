using Siro.Gateway.Common;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Subscriptions;

/// <summary>The section <c>Webhooks</c>. Read at each use, so that a reload needs no restart.</summary>
public sealed class WebhooksOptions
{
    /// <summary>How far a signed timestamp may be from now, either way. Default 5 minutes (Svix's), more than 0, at most 1 hour.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Largest body taken from Siro, in bytes. Default 262144 (256 KiB), 1 to 4194304.</summary>
    public int MaxBodyBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// The pause before each attempt of a delivery, the first included; each is a most: any time up to it is taken (full jitter).
    /// Default 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h (Svix's). 1 to 50 entries of 0 to 7 days.
    /// </summary>
    public List<TimeSpan> RetrySchedule { get; set; } = [];

    /// <summary>How long a subscriber may take for one attempt, its answer's body included. Default 20 s, 100 ms to 5 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long events are kept. Default 30 days, 1 second to 10 years.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Most bytes of event bodies kept for each organization; beyond, the oldest go first. Default 536870912 (512 MiB), at least 1 MiB.
    /// </summary>
    public long RetentionBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// How long finished deliveries with their attempts are kept; dead and skipped ones as long as events. Default 7 days, 1 second to 10
    /// years.
    /// </summary>
    public TimeSpan DeliveryRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>After how long of failing alone a subscription is disabled. Default 5 days, at least 1 second.</summary>
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>
    /// How long a secret still signs beside the one that took its place, so that subscribers can change over. Default 1 day, 0 to 7 days.
    /// </summary>
    public TimeSpan SecretGrace { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long an enriched event waits for Siro before it goes out plain, from its creation. Default 1 minute, 0 to 1 hour.
    /// </summary>
    public TimeSpan EnrichmentDeadline { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Networks beyond the public internet that subscribers may be in, in CIDR (<c>10.0.0.0/8</c>). Default none. Link-local and metadata
    /// addresses never.
    /// </summary>
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>Most subscriptions of one organization. Default 1000, 1 to 10000.</summary>
    public int MaxSubscriptions { get; set; } = 1000;

    /// <summary>Most deliveries under way at a time in this process. Default 256, 1 to 1000. Read at the start.</summary>
    public int Concurrency { get; set; } = 256;

    /// <summary>Subscriptions by name; listed by the API, where they are read-only.</summary>
    public Dictionary<string, ConfiguredSubscription> Subscriptions { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The schedule in force.</summary>
    public IReadOnlyList<TimeSpan> Schedule => RetrySchedule.Count > 0 ? RetrySchedule : DefaultSchedule;

    /// <summary>What subscribers' addresses may be.</summary>
    public OutboundRules Rules => _rules ??= new("delivery") { AllowedNetworks = OutboundRules.Networks(AllowedNetworks) };

    // Asked for at every attempt; a reload makes other options.
    private OutboundRules? _rules;

    private static readonly TimeSpan[] DefaultSchedule =
    [
        TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];
}

/// <summary>One subscription of gateway.json: <c>Webhooks:Subscriptions:{name}</c>.</summary>
public sealed class ConfiguredSubscription
{
    /// <summary>The organization whose events it gets. Default: every organization.</summary>
    public string? Organization { get; set; }

    /// <summary>The client it belongs to, which alone sees it. Default: every client of the organization sees it.</summary>
    public string? Client { get; set; }

    /// <summary>Where events are sent. Needed unless <see cref="Pull"/>.</summary>
    public string? Url { get; set; }

    /// <summary>True: events are read with <c>GET /v1/subscriptions/{name}/events</c>. Default false.</summary>
    public bool Pull { get; set; }

    /// <summary>Event types; <c>*</c> for all, <c>integrations.*</c> for all that start so. Default all.</summary>
    public List<string> Events { get; set; } = [];

    /// <summary>
    /// What signs deliveries: <c>whsec_</c> and 24 to 64 bytes in base64. Needed with <see cref="Url"/>. Not in gateway.json: by
    /// environment or a secret file.
    /// </summary>
    public Secret? Secret { get; set; }

    /// <summary>Also signs, while subscribers change over to <see cref="Secret"/>.</summary>
    public Secret? PreviousSecret { get; set; }

    /// <summary>A filter as JSON in a string, for example <c>{"recordingLinked":true}</c>.</summary>
    public string? Filter { get; set; }

    /// <summary>Headers sent along.</summary>
    public Dictionary<string, string> Headers { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Most attempts a second, over the whole fleet: 0.001 to 1000. Default no limit.</summary>
    public double? RatePerSecond { get; set; }

    /// <summary>Most attempts at a time, over the whole fleet: 1 to 100. Default as the gateway sees fit.</summary>
    public int? Concurrency { get; set; }

    /// <summary>How long one attempt may take: 100 ms to 5 min. Default <c>Webhooks:Timeout</c>.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary><c>none</c> (default) or <c>recording</c>: a recording's events strictly one after another.</summary>
    public string? Order { get; set; }

    /// <summary>
    /// What a <c>recording.ready</c> carries of the recording: <c>summary</c>, <c>entityExtractions</c>, <c>crm</c>. Default nothing.
    /// </summary>
    public List<string> Enrich { get; set; } = [];

    /// <summary>For people.</summary>
    public string? Description { get; set; }

    /// <summary>False: events are recorded as skipped. Default true.</summary>
    public bool Enabled { get; set; } = true;
}
