using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Uploads.Audio;

namespace Siro.Gateway.Uploads.Metadata;

/// <summary>
/// Collects the fields of one upload as they arrive, in any order, as form fields or as one JSON part, and every error in them by field.
/// Field names are Siro's; <c>userNumber</c> stands for <c>userPhone</c> and <c>contactName|contactPhone</c> for
/// <c>customerName|customerPhone</c>,
/// because Siro's own documents use both.
/// </summary>
internal sealed partial class MetadataReader(TimeProvider time)
{
    /// <summary>The part that carries all fields as one JSON object.</summary>
    public const string JsonPart = "metadata";

    private const int MaxErrors = 50;
    private const int MaxText = 2000;

    private static readonly string[] Results = ["closed", "not closed", "in progress"];

    private readonly List<FieldError> _errors = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private UploadMetadata _metadata = new();

    /// <summary>Bytes of the file, where the caller said so ahead.</summary>
    public long? FileSize { get; private set; }

    /// <summary>The format that the caller says it is.</summary>
    public AudioFormat? FileType { get; private set; }

    /// <summary>Errors so far that no later field can heal.</summary>
    public IReadOnlyList<FieldError> Errors => _errors;

    /// <summary>True when nothing is wrong and nothing is missing: the file can be the last part.</summary>
    public bool IsComplete => _errors.Count == 0 && !Missing().Any();

    /// <summary>Notes an error.</summary>
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
            if (!JsonText.IsReadable(json.Span))
            {
                Fail(JsonPart, "invalid_text", "is not UTF-8");
                return;
            }

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
                        Fail(member.Name, IsKnown(member.Name)
                            ? "invalid_type" : "unknown_field", IsKnown(member.Name) ? "has the wrong JSON type" : Unknown);
                        break;
                }
            }
        }
    }

    /// <summary>Everything has been sent: the metadata, or every error.</summary>
    public (UploadMetadata Metadata, IReadOnlyList<FieldError> Errors) Finish() => (_metadata, [.. _errors, .. Missing()]);

    private const string Unknown = "is not a field of an upload";

    /// <summary>True for the fields of an upload.</summary>
    public bool Knows(string field) => IsKnown(field);

    private static bool IsKnown(string field) =>
        field is "title" or "userId" or "userEmail" or "userPhone" or "userNumber" or "organizationId"
        or "conversationType" or "integrationConnectionId" or "crmObjects" or "customerName" or "contactName" or "customerPhone"
            or "contactPhone"
        or "dateCreated" or "discoverable" or "result" or "fileType" or "fileSize";

    private IEnumerable<FieldError> Missing()
    {
        // Siro: without one of the three the recording is never processed.
        if (!_seen.Contains("userId") && !_seen.Contains("userEmail") && !_seen.Contains("userPhone"))
        {
            yield return new FieldError("userId", "required",
                "one of userId, userEmail, userPhone must name the rep: without it Siro never processes the recording");
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

    /// <summary>A field's name goes back to the caller; it may be anything.</summary>
    private static string Printable(string field)
    {
        var text = field.Length > 100 ? field[..100] : field;
        return string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
