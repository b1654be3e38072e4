using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;

namespace Siro.Gateway.Jobs;

/// <summary>A moment of a job's data as ISO 8601 with milliseconds; what is no moment reads as null.</summary>
internal sealed class IsoMomentConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Iso8601.Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } moment)
        {
            writer.WriteStringValue(Iso8601.Text(moment));
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>A moment of a job's data as Unix milliseconds.</summary>
internal sealed class UnixMomentConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        long.TryParse(reader.GetString(), out var milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } moment)
        {
            writer.WriteNumberValue(moment.ToUnixTimeMilliseconds());
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>True as <c>1</c>, false as no field at all.</summary>
internal sealed class FlagConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() == "1";

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options)
    {
        if (value)
        {
            writer.WriteStringValue("1");
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
