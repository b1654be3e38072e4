using System.Diagnostics;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>Counts calls where they end. Stands before the access rules, so that refusals count too.</summary>
internal sealed class FigureMiddleware(RequestDelegate next, FigureRecorder figures)
{
    public async Task InvokeAsync(HttpContext context)
    {
        UpstreamTime? upstream = null;
        long began = 0;
        if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>() is EndpointAccess.PerOperation)
        {
            began = Stopwatch.GetTimestamp();
            context.Features.Set(upstream = new UpstreamTime());
        }

        try
        {
            await next(context);
        }
        catch (ProblemException e)
        {
            Count(context, upstream, began, e.Problem.Status, e.Problem.Code);
            throw;
        }

        Count(context, upstream, began, context.Response.StatusCode, context.Response.StatusCode >= 400 ? context.Response.Headers[ProblemResult.ErrorHeader].ToString() : "");
    }

    private void Count(HttpContext context, UpstreamTime? upstream, long began, int status, string code)
    {
        if (context.CallerOrNull() is not { } caller)
        {
            return;
        }

        figures.Seen(caller.Organization, caller.Client);
        if (upstream is not null)
        {
            figures.Called(caller.Organization, caller.Client, status, upstream.Added(began)?.TotalMilliseconds);
        }

        if (code.Length > 0)
        {
            figures.Refused(caller.Organization, caller.Client, code);
        }
    }
}

/// <summary>Counts events and deliveries where their metrics are, and writes all figures down every few seconds.</summary>
internal sealed partial class FigureService(FigureRecorder figures, WebhookMetrics metrics, StoreClock clock, ILogger<FigureService> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.EventStored += figures.EventIn;
        metrics.AttemptEnded += Attempted;
        while (!stoppingToken.IsCancellationRequested)
        {
            await clock.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushAsync();
        }

        metrics.EventStored -= figures.EventIn;
        metrics.AttemptEnded -= Attempted;
    }

    /// <summary>A store that is away gets it the next time; the last time, that is the end of it.</summary>
    private async Task FlushAsync()
    {
        try
        {
            await figures.FlushAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException e)
        {
            Log.NotWritten(logger, e.Message);
        }
    }

    private void Attempted(string partition, string result, TimeSpan took)
    {
        var slash = partition.LastIndexOf('/');
        if (slash < 0)
        {
            return;
        }

        figures.Attempted(new OrganizationKey(partition[..slash]), partition[(slash + 1)..], result == "delivered", took.TotalMilliseconds);
    }

    private static partial class Log
    {
        [LoggerMessage(2801, LogLevel.Debug, "Figures could not be written and are kept for the next attempt: {Reason}")]
        public static partial void NotWritten(ILogger logger, string reason);
    }
}
