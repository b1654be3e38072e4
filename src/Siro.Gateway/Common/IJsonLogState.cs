using System.Text.Json;

namespace Siro.Gateway.Common;

/// <summary>
/// What a log call hands over where its line is written so often that strings and boxes for it would be felt: it writes itself as JSON.
/// Loggers that don't know this read it as they read any state.
/// </summary>
internal interface IJsonLogState : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The trace that the line belongs to, where no span says it.</summary>
    string? TraceId { get; }

    /// <summary>
    /// Writes the properties <c>message</c> and <c>fields</c> into the line's object, just as they would come out of the list.
    /// </summary>
    void WriteTo(Utf8JsonWriter json);
}
