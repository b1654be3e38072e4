using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Gateway.Deliveries;

/// <summary>One attempt, as it is kept and shown.</summary>
/// <param name="At">When it began.</param>
/// <param name="Status">The answer's status; null when none came.</param>
/// <param name="DurationMs">How long it took, the answer's body included.</param>
/// <param name="Error"><c>timeout</c>, <c>connect</c>, <c>address_forbidden</c>, <c>redirect</c>, <c>status</c>, <c>broken_answer</c>,
/// <c>unsigned</c>; null for success.</param>
/// <param name="Answer">The first 4 KiB of the answer's body (1 KiB once there is a later attempt), control characters escaped.</param>
/// <param name="Replay">It was a replay's.</param>
/// <param name="AnswerTruncated">The answer went on behind <paramref name="Answer"/>. Attempts of the version before do not say so.</param>
internal sealed record Attempt(
    DateTimeOffset At, int? Status, long DurationMs, string? Error, string? Answer, bool Replay, bool AnswerTruncated = false)
{
    /// <summary>Most attempts kept of one delivery.</summary>
    public const int Kept = 20;

    /// <summary>Most bytes kept of an answer.</summary>
    public const int AnswerBytes = 4096;

    /// <summary>Most characters kept of it once there is a later attempt: a dead letter has many.</summary>
    private const int EarlierAnswer = 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new ShortMoment() },
    };

    [JsonIgnore]
    public bool Succeeded => Error is null;

    /// <summary>The attempts with one more, the oldest dropped.</summary>
    public static string Append(string? json, Attempt attempt)
    {
        if (json is null)
        {
            return JsonSerializer.Serialize<Attempt[]>([attempt], Json);
        }

        var all = Read(json);
        return JsonSerializer.Serialize(all.Select(Shortened).Append(attempt).TakeLast(Kept), Json);
    }

    private static Attempt Shortened(Attempt earlier) => earlier.Answer?.Length > EarlierAnswer
        ? earlier with { Answer = earlier.Answer[..EarlierAnswer], AnswerTruncated = true }
        : earlier;

    public static IReadOnlyList<Attempt> Read(string? json)
    {
        try
        {
            return json is null ? [] : JsonSerializer.Deserialize<List<Attempt>>(json, Json) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>An answer's beginning as text that can be shown anywhere.</summary>
    public static string Escape(ReadOnlySpan<byte> answer)
    {
        var text = new StringBuilder();
        foreach (var rune in Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, AnswerBytes)]).EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                text.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(rune.ToString());
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// Milliseconds and a Z: one successful attempt then mostly has the 64 bytes up to which Redis keeps a hash compact, which halves what
    /// a delivery takes.
    /// </summary>
    private sealed class ShortMoment : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
