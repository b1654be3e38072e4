using System.ComponentModel;

namespace Siro.Gateway.Configuration;

/// <summary>
/// Checks that each configured value has the form of its option, before the binder gets it: the binder stops at its first failure,
/// and an entry of a list or a dictionary that it can't convert it leaves out without a word.
/// </summary>
internal static class SettingsForm
{
    /// <summary>Notes every value below the section that the type can't take, by its path. Values themselves are not repeated: one may be a secret.</summary>
    public static void Check(IConfigurationSection section, Type type, Mistakes mistakes)
    {
        if (!section.Exists())
        {
            return;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeDescriptor.GetConverter(type) is var converter && converter.CanConvertFrom(typeof(string)))
        {
            CheckValue(section, converter, mistakes);
        }
        else if (EntryType(type) is { } entry)
        {
            foreach (var child in section.GetChildren())
            {
                Check(child, entry, mistakes);
            }
        }
        else if (type.IsClass && type != typeof(object))
        {
            foreach (var property in type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && (p.CanWrite || EntryType(p.PropertyType) is not null)))
            {
                Check(section.GetSection(property.Name), property.PropertyType, mistakes);
            }
        }
    }

    /// <summary>What a list, an array or a dictionary by name holds; null for anything else.</summary>
    private static Type? EntryType(Type type)
    {
        var interfaces = type.GetInterfaces().Append(type).Where(i => i.IsGenericType).ToList();
        return interfaces.FirstOrDefault(i => i.GetGenericTypeDefinition() == typeof(IDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))?.GetGenericArguments()[1]
            ?? interfaces.FirstOrDefault(i => i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
    }

    private static void CheckValue(IConfigurationSection section, TypeConverter converter, Mistakes mistakes)
    {
        // The binder takes an empty value as none.
        if (string.IsNullOrEmpty(section.Value))
        {
            return;
        }

        try
        {
            converter.ConvertFromInvariantString(section.Value);
        }
        catch (Exception)
        {
            // Converters throw what they like, some of it with the value in its message.
            mistakes.Add(section.Path, "the value has the wrong form for this setting");
        }
    }
}
