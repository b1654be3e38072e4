using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>A gateway with a spool of its own and short pauses.</summary>
public class UploadsFixture : GatewayFixture
{
    private readonly TemporaryDirectory _spool = new();

    public string SpoolDirectory => _spool.Path;

    /// <summary>Files in the spool of the gateway in process.</summary>
    public int Spooled => Gateway.Services.GetRequiredService<Spool>().Files;

    protected override Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        settings["Uploads:SpoolDirectory"] = SpoolDirectory;
        settings["Uploads:RetryFor"] = "00:00:20";
        return Task.CompletedTask;
    }
}
