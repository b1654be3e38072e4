namespace Siro.Gateway.Configuration;

/// <summary>How a feature declares its section.</summary>
internal static class SettingsBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="ISettings{T}"/> for a section. <paramref name="check"/> notes every error by its full path;
    /// it runs at the start and at every reload, after all sections were bound.
    /// </summary>
    public static ISettings<T> AddSettings<T>(
        this WebApplicationBuilder builder, string path, Action<T, ISettingsCandidates, ValidationErrors>? check = null)
        where T : class, new()
    {
        var settings = builder.Registry().Add(path, check);
        builder.Services.AddSingleton(settings);
        return settings;
    }

    /// <summary>The one registry of this host.</summary>
    public static SettingsRegistry Registry(this WebApplicationBuilder builder)
    {
        var properties = ((IHostApplicationBuilder)builder).Properties;
        if (!properties.TryGetValue(typeof(SettingsRegistry), out var registry))
        {
            properties[typeof(SettingsRegistry)] = registry = new SettingsRegistry(builder.Configuration);
            builder.Services.AddSingleton((SettingsRegistry)registry);
        }

        return (SettingsRegistry)registry;
    }
}
