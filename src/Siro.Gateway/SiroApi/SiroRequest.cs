using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>Siro's hosts, each with its own kind of credential (Siro's guides; see docs/decisions.md).</summary>
public enum SiroHost
{
    /// <summary><c>functions.siro.ai/api-externalApi</c>, organization token.</summary>
    External,

    /// <summary><c>api.siro.ai</c>, user token.</summary>
    Platform,

    /// <summary><c>app.siro.ai/api-internalApi</c>, user token.</summary>
    Internal,
}

/// <summary>What a user token may do: <c>read</c> for GET and HEAD, else <c>write</c> (Siro's OAuth guide).</summary>
public enum TokenScope
{
    /// <summary>GET and HEAD.</summary>
    Read,

    /// <summary>Every verb.</summary>
    Write,
}

/// <summary>Who goes first when the budget is short. Each has a floor, so that none starves.</summary>
public enum Priority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive,

    /// <summary>Uploads, calls, sync.</summary>
    Batch,

    /// <summary>Reconciliation, enrichment, the list of users.</summary>
    Background,
}

/// <summary>
/// What one request to Siro may do and for whom. A feature's travels in <see cref="HttpRequestMessage.Options"/> under <see cref="Key"/>, a
/// proxied call's in its <see cref="SiroCall"/>; without it a request is refused.
/// </summary>
public sealed record SiroRequest
{
    /// <summary>Where it travels.</summary>
    public static readonly HttpRequestOptionsKey<SiroRequest> Key = new("siro-gateway.request");

    /// <summary>Whose Siro.</summary>
    public required OrganizationKey Organization { get; init; }

    /// <summary>Which host; decides the kind of credential.</summary>
    public required SiroHost Host { get; init; }

    /// <summary>For whom the budget is spent.</summary>
    public required ClientName Client { get; init; }

    /// <summary>The Siro user on whose token a <see cref="SiroHost.Platform"/> or <see cref="SiroHost.Internal"/> request runs.</summary>
    public UserId? ActingUser { get; init; }

    /// <summary>The scope of that user's token.</summary>
    public TokenScope Scope { get; init; }

    /// <summary>Its place in the budget's queue.</summary>
    public Priority Priority { get; init; } = Priority.Interactive;

    /// <summary>The operation's template (<c>GET /v1/core/recordings/{id}</c>), for telemetry: never a raw path.</summary>
    public required string Operation { get; init; }

    /// <summary>How long it may wait for budget; null for the organization's <c>MaxWait</c>.</summary>
    public TimeSpan? MaxWait { get; init; }

    /// <summary>
    /// True when sending it twice does no harm: GET, HEAD, DELETE, PUT sync; a feature sets it where it owns the idempotency itself.
    /// </summary>
    public bool Idempotent { get; init; }

    /// <summary>
    /// The whole body where it is held in memory (at most 65,536 bytes for proxied requests), so that it can be sent again.
    /// Null with a body on the message means: never again.
    /// </summary>
    public ReadOnlyMemory<byte>? HeldBody { get; init; }

    /// <summary>
    /// Set by <c>doctor</c> alone, which tries each kind of credential by itself; everybody else's follows from the configuration.
    /// </summary>
    internal SiroCredential? Credential { get; init; }

    /// <summary>Where the time at Siro is noted; null where nobody asks.</summary>
    internal UpstreamTime? Upstream { get; init; }

    /// <summary>A mint uses the small reserve of the budget and is never preceded by a user token.</summary>
    public bool IsMint { get; init; }

    /// <summary>The kind of credential follows from the host.</summary>
    public bool NeedsUserToken => Host is not SiroHost.External;

    /// <summary>
    /// Whether an operation may be sent twice. Of the PUTs only Siro's sync is known to be an upsert; others tell it that something
    /// happened (<c>/listen</c>) or add to a list.
    /// </summary>
    public static bool IsRepeatable(string method, ReadOnlySpan<char> path) =>
        method is "GET" or "HEAD" or "OPTIONS" or "DELETE"
            || (method == "PUT" && path.StartsWith("/v1/integrations/sync/", StringComparison.Ordinal));
}
