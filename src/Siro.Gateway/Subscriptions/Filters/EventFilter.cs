using System.Text.Json;

namespace Siro.Gateway.Subscriptions.Filters;

/// <summary>
/// A condition on an event's payload, as parsed by <see cref="EventFilterParser"/>. It is immutable and shared between threads.
/// </summary>
internal abstract record EventFilter
{
    /// <summary>True when the payload fits. A payload that is no JSON is passed as an undefined element: it has no paths.</summary>
    public abstract bool Matches(JsonElement payload);

    internal sealed record All(IReadOnlyList<EventFilter> Conditions) : EventFilter
    {
        public override bool Matches(JsonElement payload) => Conditions.All(c => c.Matches(payload));
    }

    internal sealed record Any(IReadOnlyList<EventFilter> Conditions) : EventFilter
    {
        public override bool Matches(JsonElement payload) => Conditions.Any(c => c.Matches(payload));
    }

    internal sealed record Not(EventFilter Condition) : EventFilter
    {
        public override bool Matches(JsonElement payload) => !Condition.Matches(payload);
    }

    /// <summary>
    /// True when a value at the path equals one of the candidates. An array at the end of the path matches by itself or by any of its
    /// elements.
    /// </summary>
    internal sealed record OneOf(PayloadPath Path, IReadOnlyList<JsonElement> Candidates) : EventFilter
    {
        public override bool Matches(JsonElement payload) => Path.Values(payload).Any(v =>
            IsCandidate(v) || (v.ValueKind == JsonValueKind.Array && v.EnumerateArray().Any(IsCandidate)));

        private bool IsCandidate(JsonElement value) =>
            Candidates.Any(c => c.ValueKind == value.ValueKind && JsonNumber.AreComparable(value) && JsonElement.DeepEquals(value, c));
    }

    /// <summary>True when there is (or is not) a value at the path; a null counts as one.</summary>
    internal sealed record Exists(PayloadPath Path, bool Expected) : EventFilter
    {
        public override bool Matches(JsonElement payload) => Path.Values(payload).Any() == Expected;
    }
}
