namespace Siro.Gateway.Configuration;

/// <summary>
/// Where the configuration comes from, weakest first: gateway.json beside the binary, environment variables, files in /run/secrets, the
/// command line.
/// </summary>
internal static class GatewayConfiguration
{
    /// <summary>Names another gateway.json than the one beside the binary.</summary>
    public const string FileVariable = "SIRO_GATEWAY_CONFIG";

    /// <summary>Names another directory than /run/secrets; one file per key, <c>__</c> for the colon.</summary>
    public const string SecretsVariable = "SIRO_GATEWAY_SECRETS";

    /// <summary>The file in use.</summary>
    public static string FilePath => Named(FileVariable) ?? Path.Combine(AppContext.BaseDirectory, "gateway.json");

    /// <summary>The directory of secrets in use.</summary>
    public static string SecretsPath => Named(SecretsVariable) ?? "/run/secrets";

    /// <summary>Throws <see cref="InvalidConfigurationException"/> for a file that can't be read.</summary>
    public static void AddGatewayConfiguration(this WebApplicationBuilder builder, string[] args)
    {
        var file = new GatewayFile { File = FilePath, Optional = Named(FileVariable) is null, ReloadOnChange = true };
        try
        {
            ((IConfigurationBuilder)builder.Configuration).Add(file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException([new ValidationError(FilePath,
                e is InvalidDataException
                ? GatewayFile.Describe(e) : e is FileNotFoundException ? "does not exist" : "can't be read: " + e.Message)]);
        }

        builder.Configuration
            .AddEnvironmentVariables()
            .AddKeyPerFile(SecretsPath, optional: true, reloadOnChange: true)
            .AddCommandLine(args);
        builder.Services.AddHostedService<MountedFiles>();
    }

    private static string? Named(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? Path.GetFullPath(path) : null;
}
