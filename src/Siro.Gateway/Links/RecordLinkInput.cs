using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Links;

/// <summary>Reads the parameters from a query or a JSON body; what can't be read is named by field.</summary>
internal static class RecordLinkInput
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly string[] Names =
    [
        "action", "title", "conversationType", "redirectUrl", "integrationConnectionId", "crmObjects", "opportunityId", "jobId",
        "appointmentId",
    ];

    public static (RecordLinkParameters Parameters, List<FieldError> Errors) FromQuery(HttpRequest request)
    {
        var query = request.Query;
        var errors = new List<FieldError>();
        foreach (var (name, values) in query)
        {
            if (!Names.Contains(name, StringComparer.Ordinal))
            {
                errors.Add(new FieldError(name, "unknown_parameter", "is not a parameter of Siro's deep links"));
            }
            else if (values.Count > 1)
            {
                errors.Add(new FieldError(name, "duplicate", "is given more than once"));
            }
        }

        string? Text(string name) => query.TryGetValue(name, out var values) ? values[0] : null;
        IReadOnlyList<LinkCrmObject>? crmObjects = null;
        if (Text("crmObjects") is { } json)
        {
            crmObjects = ReadCrmObjects(json, errors);
        }

        return (new RecordLinkParameters
        {
            Action = Text("action"),
            Title = Text("title"),
            ConversationType = Text("conversationType"),

            // A plus within it is the app's own; a link has no blank that a plus could stand for.
            RedirectUrl = PlusSign.AsWritten(request.QueryString, "redirectUrl"),
            IntegrationConnectionId = Text("integrationConnectionId"),
            CrmObjects = crmObjects,
            OpportunityId = Text("opportunityId"),
            JobId = Text("jobId"),
            AppointmentId = Text("appointmentId"),
        }, errors);
    }

    public static (RecordLinkParameters? Parameters, FieldError? Error) FromJson(JsonElement element, string at)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object
                ? (element.Deserialize<RecordLinkParameters>(Strict), null)
                : (null, new FieldError(at.TrimEnd('.'), "invalid_value", "must be an object with the parameters of one link"));
        }
        catch (JsonException e)
        {
            var path = e.Path is { Length: > 2 } p ? p[2..] : "";
            return (null, new FieldError((at + path).TrimEnd('.'), "invalid_value", "is unknown here or has the wrong type"));
        }
    }

    private static List<LinkCrmObject>? ReadCrmObjects(string json, List<FieldError> errors)
    {
        try
        {
            if (JsonSerializer.Deserialize<List<LinkCrmObject>>(json, Strict) is { } objects)
            {
                return objects;
            }
        }
        catch (JsonException)
        {
            // Named below, like a JSON null.
        }

        errors.Add(new FieldError("crmObjects", "invalid_json", "must be a JSON array of {objectType, objectId}, URL-encoded"));
        return null;
    }
}
