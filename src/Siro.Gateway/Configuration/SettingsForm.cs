using System.ComponentModel;

namespace Siro.Gateway.Configuration;

/// <summary>
/// Checks that each configured value has the form of its option, before the binder gets it: the binder stops at its first failure,
/// and an entry of a list or a dictionary that it can't convert, or a single value in a list's place, it leaves out without a word.
/// </summary>
internal static class SettingsForm
{
    /// <summary>
    /// Notes every value below the section that the type can't take, by its path. Values themselves are not repeated: one may be a secret.
    /// </summary>
    public static void Check(IConfigurationSection section, Type type, ValidationErrors errors)
    {
        if (!section.Exists())
        {
            return;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeDescriptor.GetConverter(type) is var converter && converter.CanConvertFrom(typeof(string)))
        {
            CheckValue(section, type, converter, errors);
        }
        else if (EntryType(type) is { } entry)
        {
            errors.Require(
                IsNoValue(section),
                section.Path,
                IsNamed(type)
                    ? $"must be an object with a name for each entry ({section.Path}:NAME)"
                    : $"must be a list, with a number for each entry ({section.Path}:0)");
            foreach (var child in section.GetChildren())
            {
                Check(child, entry, errors);
            }
        }
        else if (type.IsClass && type != typeof(object))
        {
            errors.Require(IsNoValue(section), section.Path, "must be an object with settings of its own, not a single value");
            foreach (var property in Options(type))
            {
                Check(section.GetSection(property.Name), property.PropertyType, errors);
            }
        }
    }

    /// <summary>What stands below the section and no option reads, each with the names that are read in its place.</summary>
    public static IEnumerable<(string Path, IEnumerable<string> Known)> Unread(IConfigurationSection section, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)) || type == typeof(object))
        {
            return [];
        }

        if (EntryType(type) is { } entry)
        {
            return section.GetChildren().SelectMany(c => Unread(c, entry));
        }

        var options = Options(type).ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);
        return section.GetChildren()
            .SelectMany(c => options.TryGetValue(c.Key, out var option) ? Unread(c, option) : [(c.Path, options.Keys)]);
    }

    private static IEnumerable<System.Reflection.PropertyInfo> Options(Type type) =>
        type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && (p.CanWrite || EntryType(p.PropertyType) is not null));

    // An empty list or object in JSON is an empty value. A whole section's name (PROXY, STORE) can be another program's variable in the
    // environment.
    private static bool IsNoValue(IConfigurationSection section) =>
        string.IsNullOrEmpty(section.Value) || !section.Path.Contains(':', StringComparison.Ordinal);

    private static bool IsNamed(Type type) => type.GetInterfaces().Append(type).Any(IsDictionary);

    private static bool IsDictionary(Type i) =>
        i.IsGenericType
            && (i.GetGenericTypeDefinition() == typeof(IDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>));

    /// <summary>What a list, an array or a dictionary by name holds; null for anything else.</summary>
    private static Type? EntryType(Type type)
    {
        var interfaces = type.GetInterfaces().Append(type).Where(i => i.IsGenericType).ToList();
        return interfaces.FirstOrDefault(IsDictionary)?.GetGenericArguments()[1]
            ?? interfaces.FirstOrDefault(i => i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
    }

    private static void CheckValue(IConfigurationSection section, Type type, TypeConverter converter, ValidationErrors errors)
    {
        // The binder takes an empty value as none.
        if (string.IsNullOrEmpty(section.Value))
        {
            return;
        }

        try
        {
            converter.ConvertFromInvariantString(section.Value);
            errors.Require(type != typeof(TimeSpan) || !MeansDays(section.Value), section.Path, Form(type));

            // .NET takes any number for an enum, and several names with commas.
            errors.Require(!type.IsEnum || Enum.GetNames(type).Contains(section.Value.Trim(), StringComparer.OrdinalIgnoreCase),
                section.Path, Form(type));
        }
        catch (Exception)
        {
            // Converters throw what they like, some of it with the value in its message.
            errors.Add(section.Path, Form(type));
        }
    }

    // .NET takes 24:00:00 for 24 days, and 10 for ten.
    private static bool MeansDays(string duration) =>
        duration.Trim().TrimStart('-').Split(':') is var parts
        && (parts.Length == 1
            || (!parts[0].Contains('.', StringComparison.Ordinal) && int.TryParse(parts[0], out var hours) && hours > 23));

    private static string Form(Type type) =>
        type == typeof(TimeSpan) ? "must be a duration: hh:mm:ss with at most 23 hours, or d.hh:mm:ss"
        : type == typeof(bool) ? "must be true or false"
        : type == typeof(int) || type == typeof(long) ? "must be a whole number"
        : type == typeof(double) ? "must be a number"
        : type.IsEnum ? "must be one of " + string.Join(", ", Enum.GetNames(type))
        : "the value has the wrong form for this setting";
}
