using Siro.Gateway.Configuration;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// Between SIGTERM and the end. Readiness is red and leases are no longer taken from the signal on (both follow
/// <see cref="IHostApplicationLifetime.ApplicationStopping"/>); the listening socket stays open for <see cref="ShutdownOptions.Notice"/>,
/// because load balancers learn of it later than the process does.
/// </summary>
internal sealed partial class DrainService(IHostApplicationLifetime lifetime, ISettings<ShutdownOptions> options, TimeProvider time,
    ILogger<DrainService> logger) : IHostedLifecycleService
{
    private volatile bool _watched;

    /// <summary>The process has been told to end.</summary>
    public bool IsDraining => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Somebody asks for readiness, so it is worth waiting until they have seen it red.</summary>
    public void Watched() => _watched = true;

    /// <summary>Connections that are kept alive would go on sending here: each answer asks for its connection's end.</summary>
    public Task LetGoAsync(HttpContext context, RequestDelegate next)
    {
        if (IsDraining && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }

        return next(context);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Stopped by its own code and not by a signal, there is no load balancer to wait for.
        var notice = _watched && IsDraining ? options.Current.Notice : TimeSpan.Zero;
        Log.Draining(logger, notice, options.Current.Drain);
        if (notice > TimeSpan.Zero)
        {
            await Task.Delay(notice, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Log.Drained(logger);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Information,
            "Draining: not ready any more, no new leases; requests are taken for {Notice} more, work ends or is given back within "
            + "{Drain}")]
        public static partial void Draining(ILogger logger, TimeSpan notice, TimeSpan drain);

        [LoggerMessage(2502, LogLevel.Information, "Drained")]
        public static partial void Drained(ILogger logger);
    }
}
