namespace Siro.Gateway.Configuration;

/// <summary>Where the configuration comes from, weakest first: gateway.json beside the binary, environment variables, files in /run/secrets, the command line.</summary>
internal static class GatewayConfiguration
{
    /// <summary>Names another gateway.json than the one beside the binary.</summary>
    public const string FileVariable = "SIRO_GATEWAY_CONFIG";

    /// <summary>Names another directory than /run/secrets; one file per key, <c>__</c> for the colon.</summary>
    public const string SecretsVariable = "SIRO_GATEWAY_SECRETS";

    public static void AddGatewayConfiguration(this WebApplicationBuilder builder, string[] args)
    {
        var file = Environment.GetEnvironmentVariable(FileVariable);
        var secrets = Environment.GetEnvironmentVariable(SecretsVariable);
        builder.Configuration
            .AddJsonFile(string.IsNullOrEmpty(file) ? Path.Combine(AppContext.BaseDirectory, "gateway.json") : Path.GetFullPath(file), optional: string.IsNullOrEmpty(file), reloadOnChange: true)
            .AddEnvironmentVariables()
            .AddKeyPerFile(string.IsNullOrEmpty(secrets) ? "/run/secrets" : Path.GetFullPath(secrets), optional: true, reloadOnChange: true)
            .AddCommandLine(args);
    }
}
