using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Metadata;

/// <content>The field <c>crmObjects</c>: a JSON array of <c>{objectType, objectId}</c>.</content>
internal sealed partial class MetadataReader
{
    private const int MaxCrmObjects = 100;

    private static readonly string[] ObjectTypes = [
        "Opportunity", "Account", "Contact", "Lead", "Engagement", "Event", "ServiceAppointment"];

    private void AddCrmObjects(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            if (!JsonText.IsReadable(Encoding.UTF8.GetBytes(text)))
            {
                Fail("crmObjects", "invalid_text", "is not UTF-8");
                return;
            }

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
}
