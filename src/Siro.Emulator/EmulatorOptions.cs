using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Emulator.Recordings;
using Siro.Emulator.Validation;
using Siro.Emulator.Webhooks;

namespace Siro.Emulator;

/// <summary>What the emulator imitates and how. Everything below the line "while running" may be changed at any time.</summary>
public sealed class EmulatorOptions
{
    /// <summary>The clock of expiry, limits, delays and retries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The first port. 0: the system picks every port. Otherwise external is here, and the other hosts on the ports after it.
    /// </summary>
    public int Port { get; init; }

    /// <summary>A port for each host (as Siro's hosts differ), or one port where hosts are told apart by their path.</summary>
    public bool SeparatePorts { get; init; } = true;

    /// <summary>Where uploaded bytes are kept; a temporary folder, removed at the end, when null.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// Bytes of uploads that are kept, at least the last one; the oldest are forgotten first, as if they had never been put. All when null.
    /// </summary>
    public long? StorageBytes { get; init; }

    /// <summary>An organization with a token, an OAuth app and three users exists from the start.</summary>
    public bool SeedDefaults { get; init; } = true;

    /// <summary>The seeded organization's token; random when null.</summary>
    public string? OrganizationToken { get; init; }

    /// <summary>The seeded OAuth app's secret; random when null.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>The seeded organization's id; random when null. Fixed, a gateway's configuration outlives the emulator's restart.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>The seeded OAuth app's client id; random when null.</summary>
    public string? ClientId { get; init; }

    /// <summary>The first seeded user's id; random when null.</summary>
    public string? UserId { get; init; }

    /// <summary>The seeded client app's secret (client credentials); random when null.</summary>
    public string? ClientAppSecret { get; init; }

    /// <summary>The seeded client app's id; random when null.</summary>
    public string? ClientAppId { get; init; }

    /// <summary>The seed of everything that happens by chance (event order, losses, faults). Keys and tokens are never seeded.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Requests kept in the journal; the oldest are dropped first.</summary>
    public int JournalCapacity { get; init; } = 50_000;

    /// <summary>Bytes of each request's body kept in the journal.</summary>
    public int JournalBodyBytes { get; init; } = 65_536;

    // ---- while running ----

    /// <summary>Which of the three published contracts for creating a recording is served. Default: the newest.</summary>
    public CreateContracts Contracts { get; set; } = CreateContracts.FileUrl;

    /// <summary>The <c>file-url</c> contract answers <c>{"data":{"id"}}</c> instead of <c>{"data":{"recordingId"}}</c>.</summary>
    public bool FileUrlAnswersId { get; set; }

    /// <summary>How long a user's access token lives. Siro: 16 hours.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(16);

    /// <summary>The status of a successful mint: 201 by the OpenAPI file; a guide says 200.</summary>
    public int MintStatus { get; set; } = 201;

    /// <summary>The hosts that take client tokens.</summary>
    public ClientTokenHosts ClientTokenHosts { get; set; } = ClientTokenHosts.All;

    /// <summary>How long a client token lives.</summary>
    public TimeSpan ClientTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The answer's <c>expires_in</c> in place of the true one, as JSON: <c>0</c>, <c>315360000</c>, <c>"3600"</c>; <c>missing</c>: there
    /// is none.
    /// </summary>
    public string? ClientTokenExpiresIn { get; set; }

    /// <summary>How the token endpoint of client apps fails.</summary>
    public TokenEndpointFault TokenEndpoint { get; set; }

    /// <summary>False: organization tokens are refused.</summary>
    public bool OrganizationTokens { get; set; } = true;

    /// <summary>False: user tokens are refused.</summary>
    public bool UserTokens { get; set; } = true;

    /// <summary>From when on no user token is valid.</summary>
    public DateTimeOffset? UserTokensEndAt { get; set; }

    /// <summary>
    /// The day on which client apps came. As announced, no organization token is made from 30 days later on, and none is valid nine months
    /// after that.
    /// </summary>
    public DateTimeOffset? ClientAppsSince { get; set; }

    /// <summary>From when on no organization token is made; by default 30 days after <see cref="ClientAppsSince"/>.</summary>
    public DateTimeOffset? OrganizationTokensCloseAt { get; set; }

    /// <summary>From when on no organization token is valid; by default nine months after they can't be made any more.</summary>
    public DateTimeOffset? OrganizationTokensEndAt { get; set; }

    internal DateTimeOffset OrganizationTokensClose => OrganizationTokensCloseAt ?? ClientAppsSince?.AddDays(30) ?? DateTimeOffset.MaxValue;

    internal DateTimeOffset OrganizationTokensEnd =>
        OrganizationTokensEndAt
            ?? (OrganizationTokensClose == DateTimeOffset.MaxValue ? DateTimeOffset.MaxValue : OrganizationTokensClose.AddMonths(9));

    /// <summary>What the signed-URL request's field for the size is called.</summary>
    public SizeFields SizeFields { get; set; } = SizeFields.FileSize;

    /// <summary>How the contracts differ from what is published.</summary>
    public ContractDrift ContractDrift { get; set; }

    /// <summary>
    /// Pages of external's list beyond so many recordings give <c>evaluationScore: null</c>, as people report of about 40. 0: any page has
    /// scores.
    /// </summary>
    public int ScorelessAbove { get; set; } = 40;

    /// <summary>A write token may be used with GET. Siro: a GET needs read.</summary>
    public bool WriteTokensMayRead { get; set; }

    /// <summary>Requests per token in any <see cref="RateWindow"/>, counted at arrival. 0: no limit.</summary>
    public int RateLimit { get; set; } = 1000;

    /// <summary>The rolling window of <see cref="RateLimit"/>.</summary>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests without a User-Agent get the CDN's 403 page with error code 1010.</summary>
    public bool RequireUserAgent { get; set; } = true;

    /// <summary>How long a signed upload URL works.</summary>
    public TimeSpan SignedUrlLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a signed download URL works.</summary>
    public TimeSpan DownloadUrlLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>From the creation of a recording to its first event.</summary>
    public TimeSpan ProcessingDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>From the first event to the second.</summary>
    public TimeSpan LinkingDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A recording without CRM objects is linked to a synced engagement of the same rep at the same time.</summary>
    public bool MatchEngagements { get; set; } = true;

    /// <summary>The order in which the two events of a recording are sent.</summary>
    public WebhookOrder WebhookOrder { get; set; } = WebhookOrder.ProcessedFirst;

    /// <summary>The share of events, 0 to 1, that are lost on purpose before they are ever sent.</summary>
    public double WebhookLoss { get; set; }

    /// <summary>Scales the retry schedule of Svix: 0.001 makes 5 s, 5 min, 30 min ... 5 ms, 0.3 s, 1.8 s.</summary>
    public double WebhookRetryScale { get; set; } = 1;

    /// <summary>How long a webhook endpoint may take to answer. Svix: 15 s.</summary>
    public TimeSpan WebhookTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The order of the organization's recordings in a list: newest first, or least recently updated first.</summary>
    public bool RecordingsByUpdate { get; set; }

    /// <summary><c>/summaries</c> answers a bare array, as the OpenAPI file says, instead of the guide's <c>{"data":[]}</c>.</summary>
    public bool SummariesBare { get; set; }

    /// <summary>The largest page on external. Default pages have 25.</summary>
    public int MaxPageSize { get; set; } = 100;
}
