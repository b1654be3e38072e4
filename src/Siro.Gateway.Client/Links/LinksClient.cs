using Siro.Gateway.Client.Http;
using Siro.Gateway.Client.Uploads;

namespace Siro.Gateway.Client.Links;

/// <summary>Deep links into Siro's app, and conversation types: <c>/v1/links/record</c>, <c>/v1/conversation-types</c>.</summary>
public sealed class LinksClient
{
    private readonly GatewayTransport _transport;

    internal LinksClient(GatewayTransport transport) => _transport = transport;

    /// <summary>A link that starts, stops or restarts a recording; <c>invalid_link</c> names each broken rule by parameter.</summary>
    public async Task<RecordLink> RecordAsync(RecordLinkRequest link, CancellationToken cancellationToken = default)
    {
        using var body = JsonBody.Of(link, GatewayJson.Default.RecordLinkRequest);
        return await _transport.SendAsync(
            HttpMethod.Post,
            "/v1/links/record",
            GatewayJson.Default.RecordLink,
            body,
            repeatable: true,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The organization's conversation types.</summary>
    public IAsyncEnumerable<ConversationTypeInfo> ListConversationTypesAsync(CancellationToken cancellationToken = default) =>
        _transport.ListAsync("/v1/conversation-types", GatewayJson.Default.SiroPageConversationTypeInfo, cancellationToken);
}

/// <summary>What a link does.</summary>
public sealed record RecordLinkRequest
{
    /// <summary><c>start</c>, <c>stop</c> or <c>restart</c>; without it <c>start</c>.</summary>
    public string? Action { get; init; }

    /// <summary>The recording's title (start only).</summary>
    public string? Title { get; init; }

    /// <summary>A conversation type's UUID or display name (start, restart).</summary>
    public string? ConversationType { get; init; }

    /// <summary>Where the app goes afterwards.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>The CRM connection that <see cref="CrmObjects"/> belong to (start, restart).</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>CRM objects to link (start, restart).</summary>
    public IReadOnlyList<CrmObject>? CrmObjects { get; init; }
}

/// <summary>A link.</summary>
/// <param name="WebLink">The https form.</param>
/// <param name="AppLink">The app's own scheme, where it can say the same.</param>
/// <param name="Warnings">What Siro ignores without a word.</param>
public sealed record RecordLink(string WebLink, string? AppLink, IReadOnlyList<LinkWarning> Warnings);

/// <summary>Something that Siro ignores.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Code">Stable.</param>
/// <param name="Message">The same for people.</param>
public sealed record LinkWarning(string Parameter, string Code, string Message);

/// <summary>A conversation type.</summary>
public sealed record ConversationTypeInfo
{
    /// <summary>The UUID for links and uploads.</summary>
    public required string ConversationType { get; init; }

    /// <summary>Its name.</summary>
    public string? DisplayName { get; init; }
}
