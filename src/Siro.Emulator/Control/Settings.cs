using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Emulator.Control;

/// <summary>The options that may change while the emulator runs, as JSON.</summary>
internal static class Settings
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly PropertyInfo[] Changeable =
        [.. typeof(EmulatorOptions).GetProperties()
            .Where(p => p.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))];

    /// <summary>What is decided when it starts, by these flags alone.</summary>
    private static readonly string[] StartFlags =
    [
        "urls", "separate-ports", "data", "organization-token", "client-secret", "organization-id", "client-id", "user-id",
        "client-app-secret",
        "client-app-id",
    ];

    /// <summary>The names of all flags, without the dashes.</summary>
    public static IReadOnlyList<string> Flags { get; } =
        [.. StartFlags, .. Changeable.Select(p => JsonNamingPolicy.KebabCaseLower.ConvertName(p.Name))];

    /// <summary>
    /// The first argument that names no flag; null where all do. A mistyped one would play Siro as published without a word.
    /// </summary>
    public static string? UnknownFlag(IEnumerable<string> arguments) => arguments
        .Where(a => a.StartsWith("--", StringComparison.Ordinal)).Select(a => a.Split('=', 2)[0])
        .FirstOrDefault(a => !Flags.Concat(Changeable.Select(p => p.Name)).Contains(a[2..], StringComparer.OrdinalIgnoreCase));

    public static JsonElement Read(EmulatorOptions options) =>
        JsonSerializer.SerializeToElement(Changeable.ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name),
            p => p.GetValue(options), StringComparer.Ordinal), Json);

    /// <summary>
    /// Takes those that are given as flags or variables: <c>--client-token-hosts external</c>, <c>--ClientTokenHosts external</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A value of the wrong form.</exception>
    public static void Write(EmulatorOptions options, IConfiguration flags)
    {
        foreach (var property in Changeable)
        {
            var value = flags[JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name)] ?? flags[property.Name];
            if (!string.IsNullOrEmpty(value))
            {
                var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                property.SetValue(options, TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value));
            }
        }
    }

    /// <exception cref="ArgumentException">A name that is no setting.</exception>
    public static void Write(EmulatorOptions options, JsonElement changes)
    {
        foreach (var change in changes.EnumerateObject())
        {
            var property = Array.Find(Changeable, p => p.Name.Equals(change.Name, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"There is no setting {change.Name}", nameof(changes));
            property.SetValue(options, change.Value.Deserialize(property.PropertyType, Json));
        }
    }
}
