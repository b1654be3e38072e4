using System.Text.Json.Serialization;

namespace Siro.Emulator.Faults;

/// <summary>When, in a request's life, a fault strikes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultMoment>))]
public enum FaultMoment
{
    /// <summary>Before a byte of the body is read; nothing is done.</summary>
    Arrival,

    /// <summary>The whole body has arrived; nothing is done.</summary>
    Body,

    /// <summary>Everything is done; the answer is what is lost or late.</summary>
    Processed,
}

/// <summary>One way to misbehave: which requests, how often, and what happens to them.</summary>
public sealed record FaultRule
{
    /// <summary>Shown in the journal.</summary>
    public string Name { get; init; } = "fault";

    /// <summary>external, platform, internal, storage, voip, webhooks; null for any but webhooks.</summary>
    public string? Host { get; init; }

    /// <summary>GET, POST and so on; null for any.</summary>
    public string? Method { get; init; }

    /// <summary>A path or glob after the host's base path; null for any. For webhooks: the event type.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// Strikes only requests whose body (its first 64 KiB) holds this text; with <see cref="FaultMoment.Body"/> or later.
    /// </summary>
    public string? BodyContains { get; init; }

    /// <summary>Matching requests to let pass first.</summary>
    public int After { get; init; }

    /// <summary>How many requests to strike; null for all that follow.</summary>
    public int? Times { get; init; }

    /// <summary>The chance, 0 to 1, that a matching request is struck (by the emulator's seed).</summary>
    public double Probability { get; init; } = 1;

    public FaultMoment When { get; init; }

    /// <summary>Answers this instead of the real answer.</summary>
    public int? Status { get; init; }

    /// <summary>The body of <see cref="Status"/>; a fitting one when null.</summary>
    public string? Body { get; init; }

    /// <summary>Headers of <see cref="Status"/>.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Waits this long at the chosen moment, then goes on (or answers <see cref="Status"/>, or drops).</summary>
    public TimeSpan? Stall { get; init; }

    /// <summary>Cuts the connection. For webhooks: the event is lost.</summary>
    public bool Drop { get; init; }

    /// <summary>The request is acted on twice, as if the network had repeated it. For webhooks: the event is sent twice.</summary>
    public bool Duplicate { get; init; }
}
