using System.Text.Json;
using Siro.Gateway.Client.Http;
using Siro.Gateway.Client.Uploads;

namespace Siro.Gateway.Client.Calls;

/// <summary>Recordings of ended calls, fetched and uploaded by the gateway: <c>/v1/calls</c>.</summary>
public sealed class CallsClient
{
    private const string Path = "/v1/calls";
    private readonly GatewayTransport _transport;

    internal CallsClient(GatewayTransport transport) => _transport = transport;

    /// <summary>
    /// Tells the gateway that a call has ended. The same <see cref="CallRequest.SourceId"/> again answers with the same call, so it is
    /// sent again when the connection breaks.
    /// </summary>
    public Task<CallTicket> CreateAsync(CallRequest call, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Post,
            Path,
            GatewayJson.Default.CallTicket,
            JsonBody.Of(call, GatewayJson.Default.CallRequest),
            repeatable: true,
            cancellationToken);

    /// <summary>The client's calls, newest first; the organization's with <c>admin</c>.</summary>
    public IAsyncEnumerable<CallView> ListAsync(string? status = null, CancellationToken cancellationToken = default) =>
        _transport.ListAsync(
            Paths.Query(Path, ("status", status), ("limit", "100")), GatewayJson.Default.SiroPageCallView, cancellationToken);

    /// <summary>One call; <c>call_not_found</c> where there is none of the caller's.</summary>
    public Task<CallView> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Get,
            $"{Path}/{Paths.Segment(id, nameof(id))}",
            GatewayJson.Default.CallView,
            null,
            repeatable: true,
            cancellationToken);

    /// <summary>
    /// Supplies what a stopped call lacks, above all its rep; it goes on. <c>not_changeable</c> where its status does not allow it.
    /// </summary>
    public Task<CallView> UpdateAsync(string id, CallUpdate change, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Patch,
            $"{Path}/{Paths.Segment(id, nameof(id))}",
            GatewayJson.Default.CallView,
            JsonBody.Of(change, GatewayJson.Default.CallUpdate),
            repeatable: false,
            cancellationToken);

    /// <summary>Tries a stopped call again; <c>not_retryable</c> where its status does not allow it.</summary>
    public Task<CallTicket> RetryAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Post,
            $"{Path}/{Paths.Segment(id, nameof(id))}/retry",
            GatewayJson.Default.CallTicket,
            null,
            repeatable: false,
            cancellationToken);
}

/// <summary>A call that has ended.</summary>
public sealed record CallRequest
{
    /// <summary>Where the recording is fetched from. Required.</summary>
    public required Uri RecordingUrl { get; init; }

    /// <summary>When the call began. Required.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The call's id in the telephone system; makes it unique. Required.</summary>
    public required string SourceId { get; init; }

    /// <summary>Who led the conversation.</summary>
    public CallRep? Rep { get; init; }

    /// <summary>With whom.</summary>
    public CallCustomer? Customer { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Title { get; init; }

    /// <summary>A <c>conversationType</c> of <c>GET /v1/conversation-types</c>.</summary>
    public string? ConversationType { get; init; }

    /// <summary>The CRM connection that <see cref="CrmObjects"/> belong to.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>CRM objects to link; each must have been synced before.</summary>
    public IReadOnlyList<CrmObject>? CrmObjects { get; init; }
}

/// <summary>A rep, by any of these.</summary>
public sealed record CallRep
{
    /// <summary>Siro's user id, the surest.</summary>
    public string? UserId { get; init; }

    /// <summary>Email.</summary>
    public string? Email { get; init; }

    /// <summary>Phone number.</summary>
    public string? Phone { get; init; }

    /// <summary>The id in the CRM.</summary>
    public string? ExternalId { get; init; }
}

/// <summary>A customer.</summary>
/// <param name="Name">Name.</param>
/// <param name="Phone">Phone number.</param>
public sealed record CallCustomer(string? Name = null, string? Phone = null);

/// <summary>What a stopped call lacked.</summary>
public sealed record CallUpdate
{
    /// <summary>The rep.</summary>
    public CallRep? Rep { get; init; }

    /// <summary>A fresh address of the recording.</summary>
    public Uri? RecordingUrl { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Title { get; init; }

    /// <summary>The customer.</summary>
    public CallCustomer? Customer { get; init; }
}

/// <summary>A call that was taken.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">Its status.</param>
public sealed record CallTicket(string Id, string Status);

/// <summary>Why a call waits or stopped.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Detail">The same for people.</param>
public sealed record CallError(string Code, string Detail)
{
    /// <summary>Failed tries so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried again; null where that is left to a person.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }
}

/// <summary>A call and where it stands.</summary>
public sealed record CallView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// <c>notified</c>, <c>fetching</c>, <c>waiting</c>, <c>forwarding</c>, <c>created</c>, <c>needs_rep</c>, <c>failed</c> or
    /// <c>uncertain</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>The call's id in the telephone system.</summary>
    public string? SourceId { get; init; }

    /// <summary>The provider's source, for a call that came by webhook.</summary>
    public string? Source { get; init; }

    /// <summary>The client that it belongs to.</summary>
    public string? Client { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The rep.</summary>
    public CallRep? Rep { get; init; }

    /// <summary>The customer.</summary>
    public CallCustomer? Customer { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Title { get; init; }

    /// <summary>The upload that it became.</summary>
    public string? UploadId { get; init; }

    /// <summary>The recording that it became.</summary>
    public string? RecordingId { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it waits or stopped.</summary>
    public CallError? Error { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
