using System.Collections.Frozen;
using System.Globalization;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Deliveries;

/// <summary>What is stored of a delivery, beside its event.</summary>
internal sealed record DeliveryData
{
    /// <summary>The event's type.</summary>
    public string? Type { get; init; }

    public string? RecordingId { get; init; }

    /// <summary>The event's number in the log.</summary>
    public long? Number { get; init; }

    /// <summary>It is a replay.</summary>
    public bool Replay { get; init; }

    /// <summary>Failed attempts since it was made or replayed.</summary>
    public int Failures { get; init; }

    /// <summary>The last attempts, as a JSON array of <see cref="Attempt"/>; read only where they are shown or one is added.</summary>
    public string? Attempts { get; init; }

    /// <summary>The same delivery, with the whole schedule again.</summary>
    public DeliveryData Again() => this with { Replay = true, Failures = 0 };
}

/// <summary>By hand, because thousands are stored and read in a second.</summary>
internal sealed class DeliveryFormat : IJobFormat<DeliveryData>
{
    private const string Type = "type";
    private const string Recording = "recording";
    private const string Number = "number";
    private const string Replay = "replay";
    private const string Failures = "failures";
    private const string Attempts = "attempts";

    /// <summary>What <see cref="DeliveryData.Again"/> changes, for many deliveries that nobody has read.</summary>
    public static readonly IReadOnlyDictionary<string, string> Again = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Replay] = "1",
        [Failures] = "0",
    };

    public IReadOnlySet<string> Encrypted { get; } = FrozenSet<string>.Empty;

    public IReadOnlyList<KeyValuePair<string, string?>> Write(DeliveryData data) =>
    [
        new(Type, data.Type),
        new(Recording, data.RecordingId),
        new(Number, data.Number?.ToString(CultureInfo.InvariantCulture)),
        new(Replay, data.Replay ? "1" : null),
        new(Failures, data.Failures == 0 ? null : data.Failures.ToString(CultureInfo.InvariantCulture)),
        new(Attempts, data.Attempts),
    ];

    public DeliveryData Read(IReadOnlyDictionary<string, string> fields) => new()
    {
        Type = fields.GetValueOrDefault(Type),
        RecordingId = fields.GetValueOrDefault(Recording) is { Length: > 0 } recording ? recording : null,
        Number = long.TryParse(fields.GetValueOrDefault(Number), CultureInfo.InvariantCulture, out var number) ? number : null,
        Replay = fields.GetValueOrDefault(Replay) == "1",
        Failures = int.TryParse(fields.GetValueOrDefault(Failures), CultureInfo.InvariantCulture, out var failures) ? failures : 0,
        Attempts = fields.GetValueOrDefault(Attempts),
    };
}
