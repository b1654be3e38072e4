using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Tests.Conventions;

public sealed class SettingsConventions
{
    [Fact]
    public async Task Every_option_is_described_in_the_schema()
    {
        await using var app = BuiltHost.Create();
        using var schema =
            JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "gateway.schema.json"),
            TestContext.Current.CancellationToken));
        var missing = new List<string>();
        foreach (var (path, type) in app.Services.GetRequiredService<SettingsRegistry>().Sections)
        {
            var node = path.Split(':').Aggregate(
                (JsonElement?)schema.RootElement, (n, name) => n is { } at ? Child(schema.RootElement, at, "properties", name) : null);
            Compare(schema.RootElement, node, path, type, missing, []);
        }

        Assert.True(missing.Count == 0, "gateway.schema.json lacks: " + string.Join(", ", missing));
    }

    [Fact]
    public async Task What_is_secret_by_its_name_is_a_Secret_by_its_type()
    {
        await using var app = BuiltHost.Create();
        var plain = new List<string>();
        foreach (var (path, type) in app.Services.GetRequiredService<SettingsRegistry>().Sections)
        {
            Walk(path, type, (at, property) =>
            {
                var name = property.Name;
                var secret = name.EndsWith("Secret", StringComparison.Ordinal) || name.EndsWith("Secrets", StringComparison.Ordinal)
                    || name.EndsWith("Token", StringComparison.Ordinal)
                    || name.EndsWith("Password", StringComparison.Ordinal) || name.EndsWith("EncryptionKeys", StringComparison.Ordinal);
                if (secret
                    && (property.PropertyType == typeof(string) || property.PropertyType.GetGenericArguments().Contains(typeof(string))))
                {
                    plain.Add(at);
                }
            }, []);
        }

        Assert.Empty(plain);
    }

    [Fact]
    public void The_published_file_fits_its_schema_and_holds_no_secret()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "gateway.json"));
        using var file = JsonDocument.Parse(text);
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "gateway.schema.json")));

        Assert.All(file.RootElement.EnumerateObject(),
            p => Assert.True(schema.RootElement.GetProperty("properties").TryGetProperty(p.Name, out _), p.Name));
        foreach (var word in new[] { "OrganizationToken", "ClientSecret", "whsec_", "EncryptionKeys", "sgw_" })
        {
            Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        }
    }

    private static void Compare(JsonElement root, JsonElement? node, string path, Type type, List<string> missing, HashSet<Type> above)
    {
        if (node is not { } at)
        {
            missing.Add(path);
            return;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsValue(type) || !above.Add(type))
        {
            return;
        }

        if (DictionaryEntry(type) is { } entry)
        {
            Compare(root, Child(root, at, "additionalProperties", null), path + ":{name}", entry, missing, above);
        }
        else if (ListEntry(type) is { } item)
        {
            Compare(root, Child(root, at, "items", null), path + ":[n]", item, missing, above);
        }
        else
        {
            foreach (var property in Options(type))
            {
                Compare(root, Child(root, at, "properties", property.Name), $"{path}:{property.Name}", property.PropertyType, missing,
                    above);
            }
        }

        above.Remove(type);
    }

    private static void Walk(string path, Type type, Action<string, PropertyInfo> visit, HashSet<Type> above)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var entry = IsValue(type) ? null : DictionaryEntry(type) ?? ListEntry(type);
        if (entry is not null)
        {
            Walk(path + ":*", entry, visit, above);
            return;
        }

        if (IsValue(type) || !above.Add(type))
        {
            return;
        }

        foreach (var property in Options(type))
        {
            visit($"{path}:{property.Name}", property);
            Walk($"{path}:{property.Name}", property.PropertyType, visit, above);
        }

        above.Remove(type);
    }

    private static JsonElement? Child(JsonElement root, JsonElement node, string keyword, string? name)
    {
        node = Resolve(root, node);
        if (!node.TryGetProperty(keyword, out var child) || child.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return name is null ? Resolve(root, child) : child.TryGetProperty(name, out var named) ? Resolve(root, named) : null;
    }

    private static JsonElement Resolve(JsonElement root, JsonElement node)
    {
        while (node.TryGetProperty("$ref", out var reference))
        {
            node = reference.GetString()!.Split('/').Skip(1).Aggregate(root, (n, part) => n.GetProperty(part));
        }

        return node;
    }

    private static IEnumerable<PropertyInfo> Options(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0);

    private static bool IsValue(Type type) => type == typeof(object) || TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    private static Type? DictionaryEntry(Type type) => type.GetInterfaces().Append(type)
        .FirstOrDefault(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IDictionary<,>)
            || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)))?.GetGenericArguments()[1];

    private static Type? ListEntry(Type type) => type.GetInterfaces().Append(type)
        .FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
}
