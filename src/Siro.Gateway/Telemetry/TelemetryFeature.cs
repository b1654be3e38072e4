using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Telemetry.Logs;

namespace Siro.Gateway.Telemetry;

/// <summary>Metrics, traces, logs, health, and how the process ends.</summary>
internal static class TelemetryFeature
{
    /// <summary>
    /// Weaker than every other source. The framework's own lines carry raw paths and come per request, so only its warnings are kept.
    /// </summary>
    private static readonly Dictionary<string, string?> LogLevels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",

        // The gateway logs what changes; this would be a line for each probe while something is away.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
        ["Logging:LogLevel:Yarp"] = "Warning",
    };

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels });
        var formatter = builder.Configuration["Logging:Console:FormatterName"]
            ?? (builder.Environment.IsDevelopment() ? ConsoleFormatterNames.Simple : JsonLineLoggerProvider.FormatterName);
        if (formatter == JsonLineLoggerProvider.FormatterName)
        {
            // One writer of standard output: the lines of two could be torn apart.
            builder.Services.Remove(builder.Services.First(s => s.ServiceType == typeof(ILoggerProvider)
                && s.ImplementationType == typeof(ConsoleLoggerProvider)));
            builder.Services.AddSingleton<ILoggerProvider, JsonLineLoggerProvider>();
        }

        builder.AddSettings<TelemetryOptions>("Telemetry", TelemetryOptions.Check);
        builder.AddSettings<ShutdownOptions>("Shutdown", ShutdownOptions.Check);
        builder.Services.AddOptions<HostOptions>().Configure<ISettings<ShutdownOptions>>(
            (host, shutdown) => host.ShutdownTimeout = shutdown.Current.Drain + TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton<DrainService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DrainService>());
        builder.Services.AddHealthChecks()
            .AddCheck<StartupHealthCheck>("startup", tags: [HealthTags.Startup])
            .AddCheck<TrafficHealthCheck>(TrafficHealthCheck.Name, tags: [HealthTags.Ready]);
    }

    /// <summary>First of all middlewares.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        var drain = app.Services.GetRequiredService<DrainService>();
        PrometheusEndpoint.UseOwnPort(app);
        app.Use(next => context => drain.LetGoAsync(context, next));
        app.UseMiddleware<CallTraceMiddleware>();
    }

    public static void MapTelemetry(this WebApplication app)
    {
        HealthEndpoints.Map(app);
        PrometheusEndpoint.Map(app);
    }

    /// <summary>After the configuration was checked: the exporters, and the instrumentation that feeds them.</summary>
    public static void AddTelemetryExport(this WebApplicationBuilder builder) => TelemetryExport.Register(builder);
}
