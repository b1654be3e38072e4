using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Links;

/// <summary>
/// What a deep link is made of: the parameters of Siro's deep-link guide, by their own names, and <c>appointmentId</c> of its CRM guide.
/// </summary>
public sealed record RecordLinkParameters
{
    /// <summary><c>start</c>, <c>stop</c> or <c>restart</c>; required.</summary>
    public string? Action { get; init; }

    /// <summary>The recording's title; only with <c>start</c>.</summary>
    public string? Title { get; init; }

    /// <summary>
    /// A conversation type: its UUID, or its display name, which is looked up. Only with <c>start</c> and <c>restart</c>.
    /// </summary>
    public string? ConversationType { get; init; }

    /// <summary>Where the app goes after the action: an https link, or an app's own scheme once Siro has whitelisted it.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>The CRM connection that <see cref="CrmObjects"/> belong to. Only with <c>start</c> and <c>restart</c>.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>
    /// The CRM objects to link the recording to; needs <see cref="IntegrationConnectionId"/>. Only with <c>start</c> and <c>restart</c>.
    /// </summary>
    public IReadOnlyList<LinkCrmObject>? CrmObjects { get; init; }

    /// <summary>Deprecated by Siro in favour of <see cref="CrmObjects"/>. Only with <c>start</c> and <c>restart</c>.</summary>
    public string? OpportunityId { get; init; }

    /// <summary>Deprecated by Siro; treated as <see cref="OpportunityId"/>. Only with <c>start</c> and <c>restart</c>.</summary>
    public string? JobId { get; init; }

    /// <summary>The appointment's CRM id, for the <c>siro://</c> form alone.</summary>
    public string? AppointmentId { get; init; }
}

/// <summary>A CRM object, as Siro names it.</summary>
/// <param name="ObjectType">Lead, Account, Contact, Opportunity, Engagement, Event or ServiceAppointment.</param>
/// <param name="ObjectId">The object's id in the CRM.</param>
public sealed record LinkCrmObject(
    [property: JsonPropertyName("objectType")] string? ObjectType,
    [property: JsonPropertyName("objectId")] string? ObjectId);

/// <summary>Something that works, but perhaps not as meant.</summary>
/// <param name="Parameter">The parameter it is about.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">A sentence.</param>
public sealed record LinkWarning(string Parameter, string Code, string Message);

/// <summary>Both forms of a deep link.</summary>
/// <param name="WebLink">The https form, for every action.</param>
/// <param name="AppLink">The <c>siro://</c> form of Siro's CRM guide, which only starts recordings; null for other actions.</param>
/// <param name="Warnings">What to know before sending it to a rep.</param>
public sealed record RecordLink(string WebLink, string? AppLink, IReadOnlyList<LinkWarning> Warnings);

/// <summary>Writes the two forms; every value is percent-encoded (RFC 3986, unreserved characters stay).</summary>
internal static class RecordLinkWriter
{
    public static string Web(RecordLinkParameters link) => Write("https://app.siro.ai/record",
    [
        ("action", link.Action),
        ("title", link.Title),
        ("conversationType", link.ConversationType),
        ("redirectUrl", link.RedirectUrl),
        ("integrationConnectionId", link.IntegrationConnectionId),
        ("crmObjects", link.CrmObjects is { Count: > 0 } objects ? JsonSerializer.Serialize(objects, Plain) : null),
        ("opportunityId", link.OpportunityId),
        ("jobId", link.JobId),
    ]);

    /// <summary>The CRM guide's form knows an appointment, a title and an opportunity, and no action.</summary>
    public static string? App(RecordLinkParameters link) => link.Action != "start" ? null : Write("siro://record",
    [
        ("appointmentId", link.AppointmentId ?? Only(link, "Engagement") ?? Only(link, "Event") ?? Only(link, "ServiceAppointment")),
        ("title", link.Title),
        ("opportunityId", link.OpportunityId ?? link.JobId ?? Only(link, "Opportunity")),
    ]);

    private static readonly JsonSerializerOptions Plain = new() {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Only(RecordLinkParameters link, string type) =>
        link.CrmObjects?.FirstOrDefault(o => o.ObjectType == type)?.ObjectId;

    private static string Write(string start, ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var text = new StringBuilder(start);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return text.ToString();
    }
}
