using System.Text.Json.Serialization;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Validation;

/// <summary>One finding, in the shape that Siro's validator reports.</summary>
/// <param name="Path">Property names and array indices.</param>
internal sealed record ZodIssue(string Code, object[] Path, string Message)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Expected { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Received { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>422 with all findings.</summary>
    public static Answer Refusal(IReadOnlyList<ZodIssue> issues) => Answer.Of(422, new { issues, name = "ZodError" });
}
