using System.Globalization;
using System.Net.Mail;
using System.Text.Json;

namespace Siro.Gateway.Sync;

/// <summary>Checks one item against the contract, so that what can be told here costs no call. Every error at once.</summary>
internal static class SyncContract
{
    /// <summary>The forms of a date that Siro's contracts show: ISO 8601 with or without zone, with T or a space.</summary>
    private static readonly string[] DateForms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    public static List<SyncIssue> Check(SyncKind kind, JsonElement item)
    {
        var issues = new List<SyncIssue>();
        if (item.ValueKind != JsonValueKind.Object)
        {
            issues.Add(new SyncIssue("invalid_type", [], "Expected an object"));
            return issues;
        }

        CheckObject(kind.Contract, item, [], issues);
        return issues;
    }

    private static void CheckObject(SyncField[] fields, JsonElement item, List<JsonElement> path, List<SyncIssue> issues)
    {
        foreach (var field in fields)
        {
            var at = new List<JsonElement>(path) { JsonSerializer.SerializeToElement(field.Name) };
            if (!item.TryGetProperty(field.Name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                if (field.Required)
                {
                    issues.Add(new SyncIssue("invalid_type", at, "Required"));
                }

                continue;
            }

            if (ErrorOf(field, value, at, issues) is { } message)
            {
                issues.Add(new SyncIssue(field.Form switch { SyncForm.Enum => "invalid_enum_value", SyncForm.Date => "invalid_date",
                    SyncForm.Email => "invalid_string", _ => "invalid_type" }, at, message));
            }
        }
    }

    private static string? ErrorOf(SyncField field, JsonElement value, List<JsonElement> at, List<SyncIssue> issues)
    {
        switch (field.Form)
        {
            case SyncForm.Number:
                return value.ValueKind == JsonValueKind.Number ? null : "Expected a number";
            case SyncForm.Flag:
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "Expected a boolean";
            case SyncForm.Texts:
                return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
                    ? null
                    : "Expected an array of strings";
            case SyncForm.One when value.ValueKind == JsonValueKind.Object:
                CheckObject(field.Fields, value, at, issues);
                return null;
            case SyncForm.One:
                return "Expected an object";
            case SyncForm.Many when value.ValueKind == JsonValueKind.Array:
                CheckMany(field, value, at, issues);
                return null;
            case SyncForm.Many:
                return "Expected an array";
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return "Expected a string";
        }

        var text = value.GetString()!;
        return field.Form switch
        {
            _ when field.Required && field.Name is "externalId" or "name" or "email" && string.IsNullOrWhiteSpace(text) =>
                "Must not be empty",
            SyncForm.Enum when !field.Values.Contains(text, StringComparer.Ordinal) => "Expected one of " + string.Join(", ", field.Values),
            SyncForm.Date
                when !DateTimeOffset.TryParseExact(text, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) =>
                "Expected a date in ISO 8601, e.g. 2026-02-15T14:00:00Z",
            SyncForm.Email when !MailAddress.TryCreate(text, out var address) || address.Address != text => "Expected an email address",
            _ => null,
        };
    }

    private static void CheckMany(SyncField field, JsonElement value, List<JsonElement> at, List<SyncIssue> issues)
    {
        foreach (var (index, element) in value.EnumerateArray().Index())
        {
            var path = new List<JsonElement>(at) { JsonSerializer.SerializeToElement(index) };
            if (element.ValueKind == JsonValueKind.Object)
            {
                CheckObject(field.Fields, element, path, issues);
            }
            else
            {
                issues.Add(new SyncIssue("invalid_type", path, "Expected an object"));
            }
        }
    }
}
