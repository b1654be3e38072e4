using System.Collections.Frozen;
using System.Text.Json;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// What the gateway counts on in an answer, as far as Siro publishes it. Null is taken for every type, and what is not named may be
/// anything.
/// </summary>
internal sealed class AnswerShape
{
    /// <summary>Items of a list that are looked at: the others look alike.</summary>
    private const int MostItems = 5;

    private readonly JsonValueKind[] _kinds;
    private readonly FrozenSet<string>? _values;
    private readonly (string Name, AnswerShape Shape, bool Required)[] _members = [];
    private readonly AnswerShape? _item;

    private AnswerShape(JsonValueKind[] kinds, FrozenSet<string>? values = null,
        (string Name, AnswerShape Shape, bool Required)[]? members = null, AnswerShape? item = null)
    {
        _kinds = kinds;
        _values = values;
        _members = members ?? [];
        _item = item;
    }

    public static AnswerShape Text { get; } = new([JsonValueKind.String]);

    public static AnswerShape Flag { get; } = new([JsonValueKind.True, JsonValueKind.False]);

    public static AnswerShape Number { get; } = new([JsonValueKind.Number]);

    public static AnswerShape OneOf(params string[] values) => new([JsonValueKind.String], values.ToFrozenSet(StringComparer.Ordinal));

    public static AnswerShape ListOf(AnswerShape item) => new([JsonValueKind.Array], item: item);

    /// <param name="members">A name that ends in <c>?</c> may be missing.</param>
    public static AnswerShape Of(params (string Name, AnswerShape Shape)[] members) =>
        new([JsonValueKind.Object], members: [.. members.Select(m => (m.Name.TrimEnd('?'), m.Shape, !m.Name.EndsWith('?')))]);

    /// <summary>True for an object that must have this member.</summary>
    public bool Wants(string name) => _members.Any(m => m.Required && m.Name == name);

    /// <summary>Tells of every difference: what kind it is, and where (<c>data[].updatedAt</c>).</summary>
    public void Compare(JsonElement value, string path, Action<DriftKind, string, string?> differs)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (!_kinds.Contains(value.ValueKind))
        {
            differs(DriftKind.WrongType, path, null);
            return;
        }

        if (_values is not null && value.GetString() is { } text && !_values.Contains(text))
        {
            differs(DriftKind.UnknownValue, path, text);
        }

        foreach (var (name, shape, required) in _members)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (value.TryGetProperty(name, out var member))
            {
                shape.Compare(member, at, differs);
            }
            else if (required)
            {
                differs(DriftKind.MissingField, at, null);
            }
        }

        if (_item is not null)
        {
            foreach (var item in value.EnumerateArray().Take(MostItems))
            {
                _item.Compare(item, path + "[]", differs);
            }
        }
    }
}
