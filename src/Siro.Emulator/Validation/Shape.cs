using System.Text.Json;

namespace Siro.Emulator.Validation;

/// <summary>What a JSON value must look like. Finds every error, each with its path.</summary>
internal abstract class Shape
{
    public static Shape Text(int minLength = 0) => new TextShape(minLength);

    public static Shape Date { get; } = new DateShape();

    public static Shape Number { get; } = new KindShape("number", JsonValueKind.Number);

    public static Shape Flag { get; } = new KindShape("boolean", JsonValueKind.True, JsonValueKind.False);

    public static Shape PositiveInteger { get; } = new PositiveIntegerShape();

    public static Shape OneOf(params string[] values) => new EnumShape(values);

    public static Shape ListOf(Shape item) => new ListShape(item);

    public static Shape OrNull(Shape inner) => new NullableShape(inner);

    /// <param name="strict">Unknown properties are refused.</param>
    /// <param name="properties">A name that ends in <c>?</c> is optional.</param>
    public static Shape Of(bool strict, params (string Name, Shape Shape)[] properties) => new ObjectShape(strict, properties);

    public List<ZodIssue> Check(JsonElement value)
    {
        var issues = new List<ZodIssue>();
        Check(value, [], issues);
        return issues;
    }

    protected abstract void Check(JsonElement value, object[] path, List<ZodIssue> issues);

    private static ZodIssue WrongType(string expected, JsonElement value, object[] path) =>
        new("invalid_type", path, $"Expected {expected}, received {NameOf(value)}") { Expected = expected, Received = NameOf(value) };

    private static string NameOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Null => "null",
        _ => "undefined",
    };

    private sealed class KindShape(string name, params JsonValueKind[] kinds) : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (!kinds.Contains(value.ValueKind))
            {
                issues.Add(WrongType(name, value, path));
            }
        }
    }

    private sealed class TextShape(int minLength) : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                issues.Add(WrongType("string", value, path));
            }
            else if (minLength > 0 && value.GetString()!.Length < minLength)
            {
                issues.Add(new ZodIssue("too_small", path, $"String must contain at least {minLength} character(s)"));
            }
        }
    }

    private sealed class DateShape : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                issues.Add(WrongType("string", value, path));
            }
            else if (!Moment.TryParse(value.GetString(), out _))
            {
                issues.Add(new ZodIssue("invalid_string", path, "Invalid datetime"));
            }
        }
    }

    private sealed class PositiveIntegerShape : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.Number)
            {
                issues.Add(WrongType("number", value, path));
            }
            else if (!value.TryGetInt64(out var number))
            {
                issues.Add(
                    new ZodIssue("invalid_type", path, "Expected integer, received float") { Expected = "integer", Received = "float" });
            }
            else if (number <= 0)
            {
                issues.Add(new ZodIssue("too_small", path, "Number must be greater than 0"));
            }
        }
    }

    private sealed class EnumShape(string[] values) : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                issues.Add(WrongType("string", value, path));
            }
            else if (!values.Contains(value.GetString(), StringComparer.Ordinal))
            {
                issues.Add(new ZodIssue("invalid_enum_value", path,
                    $"Invalid enum value. Expected '{string.Join("' | '", values)}', received '{value.GetString()}'"));
            }
        }
    }

    private sealed class ListShape(Shape item) : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                issues.Add(WrongType("array", value, path));
                return;
            }

            var index = 0;
            foreach (var element in value.EnumerateArray())
            {
                item.Check(element, [.. path, index++], issues);
            }
        }
    }

    private sealed class NullableShape(Shape inner) : Shape
    {
        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.Null)
            {
                inner.Check(value, path, issues);
            }
        }
    }

    private sealed class ObjectShape : Shape
    {
        private readonly bool _strict;
        private readonly Dictionary<string, (Shape Shape, bool Required)> _properties;

        public ObjectShape(bool strict, (string Name, Shape Shape)[] properties)
        {
            _strict = strict;
            _properties = properties.ToDictionary(p => p.Name.TrimEnd('?'), p => (p.Shape, !p.Name.EndsWith('?')), StringComparer.Ordinal);
        }

        protected override void Check(JsonElement value, object[] path, List<ZodIssue> issues)
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                issues.Add(WrongType("object", value, path));
                return;
            }

            foreach (var (name, (shape, required)) in _properties)
            {
                if (value.TryGetProperty(name, out var property))
                {
                    shape.Check(property, [.. path, name], issues);
                }
                else if (required)
                {
                    issues.Add(new ZodIssue("invalid_type", [.. path, name], "Required") { Expected = "string", Received = "undefined" });
                }
            }

            if (_strict)
            {
                var unknown = value.EnumerateObject().Select(p => p.Name).Where(n => !_properties.ContainsKey(n)).ToList();
                if (unknown.Count > 0)
                {
                    issues.Add(new ZodIssue("unrecognized_keys", path, $"Unrecognized key(s) in object: '{string.Join("', '", unknown)}'") {
                        Keys = unknown });
                }
            }
        }
    }
}
