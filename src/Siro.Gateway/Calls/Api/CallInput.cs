using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Calls.Api;

/// <summary>The body of <c>POST /v1/calls</c>.</summary>
public sealed record CallRequest
{
    /// <summary>Where the recording is: an http or https URL; required.</summary>
    public string? RecordingUrl { get; init; }

    /// <summary>When the call began, ISO 8601; without an offset it is UTC. Required.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The provider's own id of the call or recording; required. The same id again is the same call.</summary>
    public string? SourceId { get; init; }

    /// <summary>The rep; without one the call stops as <c>needs_rep</c>.</summary>
    public CallRep? Rep { get; init; }

    /// <summary>The customer.</summary>
    public CallCustomer? Customer { get; init; }

    /// <summary>The recording's title.</summary>
    public string? Title { get; init; }

    /// <summary>A conversation type's UUID.</summary>
    public string? ConversationType { get; init; }

    /// <summary>The CRM connection; needed with <see cref="CrmObjects"/>.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>CRM objects to link.</summary>
    public IReadOnlyList<CallCrmObject>? CrmObjects { get; init; }
}

/// <summary>
/// A time without an offset is UTC, as in a provider's notification; the serializer would take the time zone of whichever machine the
/// gateway runs on.
/// </summary>
internal sealed class MomentConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetDateTime(out var time) && time.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(time, TimeSpan.Zero)
        : reader.TryGetDateTimeOffset(out var moment) ? moment
        : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options) =>
        throw new NotSupportedException();
}

/// <summary>Reads and checks what callers send about calls.</summary>
internal static class CallInput
{
    /// <summary>The longest body.</summary>
    public const int MaxBody = 256 * 1024;

    private const int MaxText = 2000;
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
    private static readonly string[] ObjectTypes = [
        "Opportunity", "Account", "Contact", "Lead", "Engagement", "Event", "ServiceAppointment"];
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 16,
        Converters = { new MomentConverter() },
    };

    /// <summary>The body, or 400 <c>invalid_json</c>, or 422 <c>invalid_call</c> with the field at fault.</summary>
    public static async Task<(CallRequest? Request, Problem? Problem)> ReadAsync(HttpContext context)
    {
        var body = await JsonBody.ReadObjectAsync(context.Request, MaxBody, context.RequestAborted);
        try
        {
            return (body.Deserialize<CallRequest>(Strict), null);
        }
        catch (JsonException e)
        {
            return (null,
                Invalid([new FieldError(e.Path is { Length: > 2 } path ? path[2..] : "", "invalid_value",
                "is unknown here, or has the wrong type")]));
        }
    }

    /// <summary>422 with every error.</summary>
    public static Problem Invalid(IReadOnlyList<FieldError> errors) =>
        new(422, "invalid_call", "The call is invalid. See 'errors'.") { Errors = errors };

    /// <summary>
    /// Every error of a new call; a URL whose name resolves to a refused address is told at once, and checked again at the connection.
    /// </summary>
    public static async Task<List<FieldError>> CheckAsync(
        CallRequest request, OutboundClient outbound, OutboundRules rules, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var errors = CheckDetails(request, now);
        if (string.IsNullOrWhiteSpace(request.SourceId) || request.SourceId.Length > 500)
        {
            errors.Add(new FieldError("sourceId", "required", "must be the provider's id of the call, 1 to 500 characters"));
        }

        if (request.StartedAt is null)
        {
            errors.Add(new FieldError("startedAt", "required", "must be when the call began, ISO 8601"));
        }

        if (string.IsNullOrWhiteSpace(request.RecordingUrl))
        {
            errors.Add(new FieldError("recordingUrl", "required", "must be the recording's URL"));
        }
        else if (OutboundUrl.Check(request.RecordingUrl, "recordingUrl", rules) is { } check
            && (check.Error ?? await outbound.RefusalAsync(check.Url!, "recordingUrl", rules, cancellationToken)) is { } error)
        {
            errors.Add(error);
        }

        return errors;
    }

    /// <summary>Errors of what a PATCH may change.</summary>
    public static List<FieldError> CheckDetails(CallRequest request, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        foreach (var (field, value) in new[]
        {
            ("title", request.Title), ("conversationType", request.ConversationType),
            ("integrationConnectionId", request.IntegrationConnectionId),
            ("rep.userId", request.Rep?.UserId), ("rep.email", request.Rep?.Email), ("rep.phone", request.Rep?.Phone),
            ("rep.externalId", request.Rep?.ExternalId),
            ("customer.name", request.Customer?.Name), ("customer.phone", request.Customer?.Phone),
        })
        {
            if (value is not null && (value.Length > MaxText || value.Any(char.IsControl)))
            {
                errors.Add(new FieldError(field, "invalid_value", $"must have at most {MaxText} characters and no control characters"));
            }
        }

        if (request.Rep?.Email is { Length: > 0 } email
            && (!System.Net.Mail.MailAddress.TryCreate(email, out var address) || address.Address != email))
        {
            errors.Add(new FieldError("rep.email", "invalid_email", "is no email address"));
        }

        if (request.ConversationType is { } type && !Guid.TryParse(type, out _))
        {
            errors.Add(new FieldError("conversationType", "invalid_value", "must be a UUID (GET /v1/conversation-types)"));
        }

        if (request.StartedAt > now + Skew)
        {
            errors.Add(new FieldError("startedAt", "date_in_future", "lies in the future: it is the time of the call"));
        }

        if (request.CrmObjects is { Count: > 0 } objects)
        {
            if (string.IsNullOrWhiteSpace(request.IntegrationConnectionId))
            {
                errors.Add(new FieldError("integrationConnectionId", "required", "is required with crmObjects"));
            }

            foreach (var (index, crm) in objects.Index())
            {
                if (crm is null || !ObjectTypes.Contains(crm.ObjectType, StringComparer.Ordinal) || string.IsNullOrWhiteSpace(crm.ObjectId))
                {
                    errors.Add(new FieldError($"crmObjects[{index}]", "invalid_value", "must be {objectType, objectId} with one of "
                        + string.Join(", ", ObjectTypes)));
                }
            }
        }

        return errors;
    }
}
