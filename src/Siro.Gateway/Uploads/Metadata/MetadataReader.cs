using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads;

/// <summary>
/// Collects the fields of one upload as they arrive, in any order, as form fields or as one JSON part, and every mistake in them by field.
/// Field names are Siro's; <c>userNumber</c> stands for <c>userPhone</c> and <c>contactName|contactPhone</c> for <c>customerName|customerPhone</c>,
/// because Siro's own documents use both.
/// </summary>
internal sealed class MetadataReader(TimeProvider time)
{
    /// <summary>The part that carries all fields as one JSON object.</summary>
    public const string JsonPart = "metadata";

    private const int MaxErrors = 50;
    private const int MaxText = 2000;
    private const int MaxCrmObjects = 100;

    /// <summary>A caller's clock may be ahead of this one.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private static readonly string[] ObjectTypes = ["Opportunity", "Account", "Contact", "Lead", "Engagement", "Event", "ServiceAppointment"];
    private static readonly string[] Results = ["closed", "not closed", "in progress"];

    private readonly List<FieldError> _errors = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private UploadMetadata _metadata = new();

    /// <summary>Bytes of the file, where the caller said so ahead.</summary>
    public long? FileSize { get; private set; }

    /// <summary>The format that the caller says it is.</summary>
    public AudioFormat? FileType { get; private set; }

    /// <summary>Mistakes so far that no later field can heal.</summary>
    public IReadOnlyList<FieldError> Errors => _errors;

    /// <summary>True when nothing is wrong and nothing is missing: the file can be the last part.</summary>
    public bool IsComplete => _errors.Count == 0 && !Missing().Any();

    /// <summary>Notes a mistake.</summary>
    public void Fail(string field, string code, string message)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new FieldError(Printable(field), code, message));
        }
    }

    /// <summary>Takes one form field. An empty one counts as not sent.</summary>
    public void Add(string field, string text)
    {
        if (text.Contains('\uFFFD', StringComparison.Ordinal))
        {
            Fail(field, "invalid_text", "is not UTF-8");
        }
        else if (field is "crmObjects")
        {
            AddCrmObjects(text);
        }
        else if (text.Trim() is { Length: > 0 } value)
        {
            Take(field, value);
        }
        else if (!IsKnown(field))
        {
            Take(field, "");
        }
    }

    /// <summary>Takes the JSON part <c>metadata</c>: the same members as the form's fields; null counts as not sent.</summary>
    public void AddJson(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
        }
        catch (JsonException)
        {
            Fail(JsonPart, "invalid_json", "is not JSON");
            return;
        }

        using (document)
        {
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                Fail(JsonPart, "invalid_json", "must be a JSON object");
                return;
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                switch (member.Value.ValueKind)
                {
                    case JsonValueKind.Null:
                        break;
                    case JsonValueKind.Array when member.NameEquals("crmObjects"):
                        TakeCrmObjects(member.Value);
                        break;
                    case JsonValueKind.String:
                        Add(member.Name, member.Value.GetString()!);
                        break;
                    case JsonValueKind.True or JsonValueKind.False when member.Name is "discoverable":
                    case JsonValueKind.Number when member.Name is "fileSize":
                        Add(member.Name, member.Value.GetRawText());
                        break;
                    default:
                        Fail(member.Name, IsKnown(member.Name) ? "invalid_type" : "unknown_field", IsKnown(member.Name) ? "has the wrong JSON type" : Unknown);
                        break;
                }
            }
        }
    }

    /// <summary>Everything has been sent: the metadata, or every mistake.</summary>
    public (UploadMetadata Metadata, IReadOnlyList<FieldError> Errors) Finish() => (_metadata, [.. _errors, .. Missing()]);

    private const string Unknown = "is not a field of an upload";

    /// <summary>True for the fields of an upload.</summary>
    public bool Knows(string field) => IsKnown(field);

    private static bool IsKnown(string field) => field is "title" or "userId" or "userEmail" or "userPhone" or "userNumber" or "organizationId"
        or "conversationType" or "integrationConnectionId" or "crmObjects" or "customerName" or "contactName" or "customerPhone" or "contactPhone"
        or "dateCreated" or "discoverable" or "result" or "fileType" or "fileSize";

    private IEnumerable<FieldError> Missing()
    {
        // Siro: without one of the three the recording is never processed.
        if (!_seen.Contains("userId") && !_seen.Contains("userEmail") && !_seen.Contains("userPhone"))
        {
            yield return new FieldError("userId", "required", "one of userId, userEmail, userPhone must name the rep: without it Siro never processes the recording");
        }

        if (_seen.Contains("crmObjects") && !_seen.Contains("integrationConnectionId"))
        {
            yield return new FieldError("integrationConnectionId", "required", "is needed together with crmObjects");
        }
    }

    private void Take(string field, string value)
    {
        var name = field switch
        {
            "userNumber" => "userPhone",
            "contactName" => "customerName",
            "contactPhone" => "customerPhone",
            _ => field,
        };
        if (!IsKnown(field))
        {
            Fail(field, "unknown_field", Unknown);
            return;
        }

        if (!_seen.Add(name))
        {
            Fail(field, "duplicate_field", "is given twice");
            return;
        }

        if (value.Length > MaxText || value.Any(char.IsControl))
        {
            Fail(field, "invalid_text", $"must be one line of at most {MaxText} characters");
            return;
        }

        _metadata = name switch
        {
            "title" => _metadata with { Title = value },
            "userId" => _metadata with { UserId = value },
            "userEmail" => _metadata with { UserEmail = Email(field, value) },
            "userPhone" => _metadata with { UserPhone = Phone(field, value) },
            "organizationId" => _metadata with { OrganizationId = value },
            "conversationType" => _metadata with { ConversationType = value },
            "integrationConnectionId" => _metadata with { IntegrationConnectionId = value },
            "customerName" => _metadata with { CustomerName = value },
            "customerPhone" => _metadata with { CustomerPhone = Phone(field, value) },
            "dateCreated" => _metadata with { DateCreated = Date(field, value) },
            "discoverable" => _metadata with { Discoverable = Bool(field, value) },
            "result" => _metadata with { Result = OneOf(field, value, Results) },
            _ => AboutTheFile(name, value),
        };
    }

    private UploadMetadata AboutTheFile(string name, string value)
    {
        if (name is "fileType")
        {
            FileType = AudioFormats.Parse(value);
            if (FileType is null)
            {
                Fail(name, "invalid_value", "must be one of: mp3, aac, wav");
            }
        }
        else if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0)
        {
            FileSize = size;
        }
        else
        {
            Fail(name, "invalid_value", "must be the file's length in bytes");
        }

        return _metadata;
    }

    private void AddCrmObjects(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            TakeCrmObjects(document.RootElement);
        }
        catch (JsonException)
        {
            Fail("crmObjects", "invalid_json", "must be a JSON array of {objectType, objectId}");
        }
    }

    private void TakeCrmObjects(JsonElement array)
    {
        if (!_seen.Add("crmObjects"))
        {
            Fail("crmObjects", "duplicate_field", "is given twice");
            return;
        }

        if (array.ValueKind is not JsonValueKind.Array || array.GetArrayLength() > MaxCrmObjects)
        {
            Fail("crmObjects", "invalid_value", $"must be a JSON array of at most {MaxCrmObjects} {{objectType, objectId}}");
            return;
        }

        var objects = new List<CrmObject>();
        foreach (var (index, element) in array.EnumerateArray().Index())
        {
            if (CrmObject($"crmObjects[{index}]", element) is { } crmObject)
            {
                objects.Add(crmObject);
            }
        }

        if (array.GetArrayLength() == 0)
        {
            // An empty list links nothing and needs no connection.
            _seen.Remove("crmObjects");
            return;
        }

        _metadata = _metadata with { CrmObjects = objects };
    }

    private CrmObject? CrmObject(string at, JsonElement element)
    {
        if (element.ValueKind is not JsonValueKind.Object)
        {
            Fail(at, "invalid_value", "must be {objectType, objectId}");
            return null;
        }

        string? type = null, id = null;
        foreach (var member in element.EnumerateObject())
        {
            var text = member.Value.ValueKind is JsonValueKind.String ? member.Value.GetString() : null;
            switch (member.Name)
            {
                case "objectType" when text is not null && ObjectTypes.Contains(text, StringComparer.Ordinal):
                    type = text;
                    break;
                case "objectType":
                    Fail(at + ".objectType", "invalid_value", "must be one of: " + string.Join(", ", ObjectTypes));
                    type = "";
                    break;
                case "objectId" when text is { Length: > 0 and <= MaxText } && !text.Any(char.IsControl):
                    id = text;
                    break;
                case "objectId":
                    Fail(at + ".objectId", "invalid_value", "must be a text that is not empty");
                    id = "";
                    break;
                default:
                    Fail(at + "." + member.Name, "unknown_field", "is not a field of a CRM object");
                    break;
            }
        }

        if (type is null)
        {
            Fail(at + ".objectType", "required", "is missing");
        }

        if (id is null)
        {
            Fail(at + ".objectId", "required", "is missing");
        }

        return type is null or "" || id is null or "" ? null : new CrmObject(type, id);
    }

    private string? Email(string field, string value)
    {
        if (value.Length <= 254 && MailAddress.TryCreate(value, out var address) && address.Address == value && !value.Contains(' ', StringComparison.Ordinal))
        {
            return value;
        }

        Fail(field, "invalid_email", "is not an email address");
        return null;
    }

    private string? Phone(string field, string value)
    {
        var digits = value.Count(char.IsAsciiDigit);
        if (digits is >= 3 and <= 20 && value.All(c => char.IsAsciiDigit(c) || c is '+' or ' ' or '-' or '(' or ')' or '.' or '/' or 'x' or '#' or ',' or ';'))
        {
            return value;
        }

        Fail(field, "invalid_phone", "is not a phone number");
        return null;
    }

    private DateTimeOffset? Date(string field, string value)
    {
        // RFC 3339; a time without an offset could mean any of 26 hours.
        if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || value is not [_, _, _, _, '-', _, _, '-', _, _, 'T' or 't' or ' ', ..]
            || !(value[^1] is 'Z' or 'z' || value.LastIndexOfAny(['+', '-']) > 10))
        {
            Fail(field, "invalid_date", "must be a date and time with its offset, as 2026-03-01T14:30:00Z");
            return null;
        }

        if (date > time.GetUtcNow() + Skew)
        {
            Fail(field, "date_in_future", "lies in the future: it is the time of the call");
            return null;
        }

        return date.ToUniversalTime();
    }

    private bool? Bool(string field, string value)
    {
        if (bool.TryParse(value, out var result))
        {
            return result;
        }

        Fail(field, "invalid_value", "must be true or false");
        return null;
    }

    private string? OneOf(string field, string value, string[] values)
    {
        if (values.Contains(value, StringComparer.Ordinal))
        {
            return value;
        }

        Fail(field, "invalid_value", "must be one of: " + string.Join(", ", values));
        return null;
    }

    /// <summary>A field's name goes back to the caller; it may be anything.</summary>
    private static string Printable(string field)
    {
        var text = field.Length > 100 ? field[..100] : field;
        return string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
