using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Each property of the data is one field: text and numbers as they are, objects and lists as JSON. So a field keeps its text while the
/// code around it changes, and a replica of another version reads it.
/// </summary>
internal sealed class JsonJobFormat<TData> : IJobFormat<TData>
    where TData : class
{
    private readonly JsonTypeInfo<TData> _type;
    private readonly List<(string Name, bool IsJson)> _fields = [];

    public JsonJobFormat(JsonTypeInfo<TData> type)
    {
        _type = type;
        var encrypted = new List<string>();
        foreach (var property in type.Properties.Where(p => p.Get is not null))
        {
            var isJson = property.CustomConverter is null && type.Options.GetTypeInfo(property.PropertyType).Kind != JsonTypeInfoKind.None;
            _fields.Add((property.Name, isJson));
            if (property.AttributeProvider?.IsDefined(typeof(EncryptedAttribute), inherit: false) == true)
            {
                encrypted.Add(property.Name);
            }
        }

        Encrypted = encrypted.ToFrozenSet(StringComparer.Ordinal);
    }

    public IReadOnlySet<string> Encrypted { get; }

    public IReadOnlyList<KeyValuePair<string, string?>> Write(TData data)
    {
        var json = JsonSerializer.SerializeToElement(data, _type);
        return _fields.ConvertAll(
            f => new KeyValuePair<string, string?>(f.Name, json.TryGetProperty(f.Name, out var value) ? Text(value) : null));
    }

    public TData Read(IReadOnlyDictionary<string, string> fields)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (name, isJson) in _fields)
            {
                if (!fields.TryGetValue(name, out var text))
                {
                    continue;
                }

                writer.WritePropertyName(name);
                if (isJson)
                {
                    writer.WriteRawValue(text);
                }
                else
                {
                    // A number, too: the web defaults read it from a string.
                    writer.WriteStringValue(text);
                }
            }

            writer.WriteEndObject();
        }

        return JsonSerializer.Deserialize(json.WrittenSpan, _type)!;
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
