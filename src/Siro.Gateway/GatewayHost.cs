using System.Net.Sockets;
using Siro.Gateway.Access;
using Siro.Gateway.Alerts;
using Siro.Gateway.Budget;
using Siro.Gateway.Calls;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Documentation;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Links;
using Siro.Gateway.OperatorConsole;
using Siro.Gateway.Outbound;
using Siro.Gateway.People;
using Siro.Gateway.Proxy;
using Siro.Gateway.Recordings;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;
using Siro.Gateway.Sync;
using Siro.Gateway.Telemetry;
using Siro.Gateway.Uploads;

namespace Siro.Gateway;

/// <summary>The features, in order. Tests build the same host with their own clock and configuration.</summary>
public static class GatewayHost
{
    /// <summary>Serves until it is stopped. Exit code 1, with every error by its path, when the configuration is not complete.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        WebApplication app;
        try
        {
            app = Build(args);
        }
        catch (InvalidConfigurationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        await using (app)
        {
            var started = app.Lifetime.ApplicationStarted;
            try
            {
                await app.RunAsync();
            }
            catch (Exception e)
                when (!started.IsCancellationRequested
                && e is (IOException or SocketException or FormatException or ArgumentOutOfRangeException))
            {
                // An address in use, forbidden, or none at all; an operator needs no stack for it.
                await Console.Error.WriteLineAsync(
                    $"The gateway can't listen: {e.Message.TrimEnd('.')}. Name another address by ASPNETCORE_HTTP_PORTS (a port) or "
                    + "ASPNETCORE_URLS (http://127.0.0.1:8081).");
                return 1;
            }
        }

        return 0;
    }

    /// <summary>
    /// Builds the application; <paramref name="customize"/> comes last and may replace what it likes. Throws
    /// <see cref="InvalidConfigurationException"/>.
    /// </summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        FileWatching.Prepare();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddGatewayConfiguration(args);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Randomness>();
        builder.AddTelemetry();
        builder.AddStore();
        builder.AddJobs();
        builder.AddOutbound();
        builder.AddSiroApi();
        builder.AddCredentials();
        builder.AddBudget();
        builder.AddAccess();
        builder.AddProxy();
        builder.AddUploads();
        builder.AddCalls();
        builder.AddSubscriptions();
        builder.AddEvents();
        builder.AddDeliveries();
        builder.AddAlerts();
        builder.AddRecordings();
        builder.AddSync();
        builder.AddPeople();
        builder.AddLinks();
        builder.AddDocumentation();
        builder.AddConsole();
        customize?.Invoke(builder);

        var registry = builder.Registry();
        if (registry.Load() is { Count: > 0 } errors)
        {
            throw new InvalidConfigurationException(errors, registry.Unread());
        }

        builder.AddTelemetryExport();
        var app = builder.Build();
        var logger = app.Services.GetRequiredService<ILogger<SettingsRegistry>>();
        registry.WarnOfUnread(logger);
        var following = registry.Follow(logger);
        app.Lifetime.ApplicationStopped.Register(following.Dispose);

        // Refusals are audited and rendered too; routing comes after the paths were judged.
        app.UseUnreadBodies();
        app.UseTelemetry();
        app.UseAudit();
        app.UseSafePaths();
        app.UseRouting();
        app.UseSignInLimit();
        app.MapTelemetry();
        app.MapAccess();
        app.MapProxy();
        app.MapJobs();
        app.MapUploads();
        app.MapCalls();
        app.MapSubscriptions();
        app.MapEvents();
        app.MapDeliveries();
        app.MapRecordings();
        app.MapSync();
        app.MapPeople();
        app.MapLinks();
        app.MapDocumentation();
        app.MapConsole();
        return app;
    }
}
