using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>Composes the whole gateway without starting it, so that every section's own check runs; each error is a line.</summary>
internal static class ConfigurationCheck
{
    /// <summary>The raw configuration, for the checks that go on in spite of errors.</summary>
    public static IConfiguration Run(CheckResults results)
    {
        try
        {
            IReadOnlyList<ValidationError> unread = [];
            using var app = GatewayHost.Build([], b =>
            {
                b.Logging.ClearProviders();
                unread = b.Registry().Unread();
            }) as IDisposable;
            results.Ok("configuration", "all sections", "complete and correct");
            foreach (var setting in unread)
            {
                results.Warn("configuration", setting.Path, setting.What, "Correct the name, or take the setting out.");
            }
        }
        catch (InvalidConfigurationException e)
        {
            foreach (var error in e.Errors)
            {
                results.Fail("configuration", error.Path, error.What, Remedy(error.Path));
            }
        }

        FileWatching.Prepare();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        try
        {
            builder.AddGatewayConfiguration([]);
        }
        catch (InvalidConfigurationException)
        {
            // Said above; what the environment holds is still examined.
            builder.Configuration.AddEnvironmentVariables();
        }

        return builder.Configuration;
    }

    /// <summary>Where the setting belongs: secrets never into gateway.json.</summary>
    internal static string Remedy(string path)
    {
        if (path == GatewayConfiguration.FilePath)
        {
            return $"Correct the file, or {GatewayConfiguration.FileVariable}. An editor that knows gateway.schema.json shows where.";
        }

        if (!path.Contains(':', StringComparison.Ordinal) || path is "Siro:Organizations")
        {
            return $"See {path} in gateway.schema.json and docs/getting-started.md.";
        }

        var variable = path.Replace(":", "__", StringComparison.Ordinal);
        var secret = path is "Redis:Configuration" || path.Contains("Secret", StringComparison.Ordinal)
            || path.Contains("EncryptionKeys", StringComparison.Ordinal)
            || path.EndsWith("OrganizationToken", StringComparison.Ordinal) || path.EndsWith("OtlpHeaders", StringComparison.Ordinal);
        return secret
            ? $"Set the environment variable {variable}, or put a file of that name into /run/secrets. A secret does not belong "
                + "into gateway.json."
            : $"Correct {path} in gateway.json, or {variable} in the environment.";
    }

    /// <summary>A section bound without its check; null where it can't be bound.</summary>
    public static T? Section<T>(this IConfiguration configuration, string path)
        where T : class, new()
    {
        try
        {
            return configuration.GetSection(path).Get<T>() ?? new T();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
