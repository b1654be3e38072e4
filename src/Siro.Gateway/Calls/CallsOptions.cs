using Siro.Gateway.Common;

namespace Siro.Gateway.Calls;

/// <summary>The section <c>Calls</c>: recordings by reference.</summary>
public sealed class CallsOptions
{
    /// <summary>
    /// Networks beyond the public internet from which recordings may be fetched, in CIDR. Link-local and metadata addresses never.
    /// </summary>
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>
    /// Pauses between tries of a recording that is not ready or can't be reached; the last one repeats until <see cref="GiveUpAfter"/>.
    /// </summary>
    public List<TimeSpan> RetrySchedule { get; set; } = [];

    /// <summary>How long a recording may take to become ready. Default 6 hours.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// How long a fetch may go without a byte; past that time in all, it has to keep 240 bytes a second. Default 30 s; 1 s to 10 min.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a call is kept after its end. Default 30 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Calls worked on at a time by one replica. Default 8; 1 to 100.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>Telephone providers, by a name of the operator's choice: the last part of <c>/v1/calls/sources/{source}</c>.</summary>
    public Dictionary<string, CallSourceOptions> Sources { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The schedule in force.</summary>
    internal IReadOnlyList<TimeSpan> Schedule => RetrySchedule.Count > 0 ? RetrySchedule : DefaultSchedule;

    private static readonly IReadOnlyList<TimeSpan> DefaultSchedule =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15),
    ];
}

/// <summary>One provider: <c>Calls:Sources:{name}</c>.</summary>
public sealed class CallSourceOptions
{
    /// <summary><c>twilio</c>, <c>zoom</c>, <c>aircall</c>, <c>dialpad</c>, <c>ringcentral</c> or <c>mapping</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>The client whose organization, user and budget its calls use.</summary>
    public string Client { get; set; } = "";

    /// <summary>
    /// What proves a notification: Twilio's auth token, Zoom's secret token, Aircall's webhook token, Dialpad's JWT secret, RingCentral's
    /// verification token, or the secret of <see cref="Signature"/>.
    /// </summary>
    public Secret? Secret { get; set; }

    /// <summary>
    /// The URL that the provider was given, where a proxy in front changes host or scheme (Twilio signs it). Default: as the request came.
    /// </summary>
    public string? PublicUrl { get; set; }

    /// <summary>The provider's API, for looking calls up and polling. Default: the provider's own.</summary>
    public string? ApiUrl { get; set; }

    /// <summary>How to sign in when a recording is fetched or a call looked up.</summary>
    public CallAuthOptions? Auth { get; set; }

    /// <summary>
    /// Hosts that get <see cref="Auth"/>; none other ever does. The API's host always does. <c>name</c> means https; http takes
    /// <c>name:port</c>.
    /// </summary>
    public List<string> Hosts { get; set; } = [];

    /// <summary>The CRM connection of this source's calls, sent where a notification names none.</summary>
    public string? IntegrationConnectionId { get; set; }

    /// <summary>The conversation type of this source's calls (a UUID).</summary>
    public string? ConversationType { get; set; }

    /// <summary>Where a <c>mapping</c> source finds its fields.</summary>
    public CallMappingOptions? Mapping { get; set; }

    /// <summary>How a <c>mapping</c> source is verified.</summary>
    public CallSignatureOptions? Signature { get; set; }

    /// <summary>Asks the provider for calls instead of waiting to be told; with <c>ringcentral</c> and <c>mapping</c>.</summary>
    public CallPollOptions? Poll { get; set; }

    /// <summary>The notice with this source's connection and conversation type where it names none.</summary>
    internal CallNotice Complete(CallNotice notice) => notice with
    {
        IntegrationConnectionId = notice.IntegrationConnectionId ?? IntegrationConnectionId,
        ConversationType = notice.ConversationType ?? ConversationType,
    };
}

/// <summary>A provider's credential.</summary>
public sealed class CallAuthOptions
{
    /// <summary><c>basic</c>, <c>bearer</c> or <c>header</c>.</summary>
    public string Type { get; set; } = "basic";

    /// <summary>For <c>basic</c>.</summary>
    public string? Username { get; set; }

    /// <summary>The header's name for <c>header</c>.</summary>
    public string? Header { get; set; }

    /// <summary>Password, token or header value.</summary>
    public Secret? Value { get; set; }
}

/// <summary>JSON pointers (RFC 6901) into a notification, or names of form fields with <c>/</c> before them.</summary>
public sealed class CallMappingOptions
{
    /// <summary>
    /// A list in the body, each element a call; the other pointers then start at the element, and those that begin with <c>#</c> at the
    /// body. Default: the body is one call.
    /// </summary>
    public string? Items { get; set; }

    /// <summary>The notification is about a recording only when each pointer has this value.</summary>
    public Dictionary<string, string> When { get; set; } = [];

    /// <summary>The call's or recording's own id; required.</summary>
    public string? SourceId { get; set; }

    /// <summary>Where the recording is; required.</summary>
    public string? RecordingUrl { get; set; }

    /// <summary>When the call began: ISO 8601, RFC 1123, or Unix time in seconds or milliseconds; required.</summary>
    public string? StartedAt { get; set; }

    /// <summary>
    /// <c>inbound</c> or <c>outbound</c> (or words that begin so), to tell <see cref="From"/> and <see cref="To"/> apart.
    /// </summary>
    public string? Direction { get; set; }

    /// <summary>The caller's number: the rep's for outbound calls, else the customer's.</summary>
    public string? From { get; set; }

    /// <summary>The called number: the customer's for outbound calls, else the rep's.</summary>
    public string? To { get; set; }

    /// <summary>Rep's Siro id.</summary>
    public string? RepUserId { get; set; }

    /// <summary>Rep's email.</summary>
    public string? RepEmail { get; set; }

    /// <summary>Rep's number.</summary>
    public string? RepPhone { get; set; }

    /// <summary>Rep's CRM id.</summary>
    public string? RepExternalId { get; set; }

    /// <summary>Customer's name.</summary>
    public string? CustomerName { get; set; }

    /// <summary>Customer's number.</summary>
    public string? CustomerPhone { get; set; }

    /// <summary>Recording's title.</summary>
    public string? Title { get; set; }
}

/// <summary>How a notification is signed.</summary>
public sealed class CallSignatureOptions
{
    /// <summary>The header that carries the signature.</summary>
    public string Header { get; set; } = "";

    /// <summary><c>hmac-sha1</c>, <c>hmac-sha256</c>, <c>hmac-sha512</c>, or <c>token</c> (the header is the secret itself).</summary>
    public string Algorithm { get; set; } = "hmac-sha256";

    /// <summary><c>hex</c>, <c>base64</c> or <c>base64url</c>.</summary>
    public string Encoding { get; set; } = "hex";

    /// <summary>What stands before the signature, e.g. <c>sha256=</c>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>What is signed: text with <c>{body}</c>, <c>{timestamp}</c>, <c>{url}</c>. Default <c>{body}</c>.</summary>
    public string SignedString { get; set; } = "{body}";

    /// <summary>The header with the Unix time in seconds or milliseconds.</summary>
    public string? TimestampHeader { get; set; }

    /// <summary>How old the timestamp may be. Default 5 minutes.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>How a provider is asked for its calls.</summary>
public sealed class CallPollOptions
{
    /// <summary>
    /// The list's address with <c>{since}</c> for the moment to ask from (ISO 8601, UTC). Default for <c>ringcentral</c>: its call log.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>From one poll to the next. Default 1 minute; at least 1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How far back each poll asks, before the last one: calls appear late. Default 15 minutes.</summary>
    public TimeSpan Overlap { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Pointer to the next page: an address, or a cursor for <see cref="CursorParameter"/>; absent at the end.</summary>
    public string? Next { get; set; }

    /// <summary>The query parameter that takes the cursor.</summary>
    public string CursorParameter { get; set; } = "cursor";
}
