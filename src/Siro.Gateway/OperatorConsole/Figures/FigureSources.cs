using System.Net;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>
/// Counts applications' calls to Siro's API where they end (those of a known caller, refused ones too), and what was sent to Siro: most of
/// those calls, and what uploads, telephone calls, sync and the like ask by themselves.
/// </summary>
internal sealed class CallFigures(FigureRecorder figures) : ICallObserver, ISiroObserver
{
    public void Sent(SiroRequest request, HttpStatusCode? status) => figures.Sent(request.Organization, request.Client, (int?)status);

    public void Ended(HttpContext context, CallNotes call)
    {
        if (context.CallerOrNull() is not { } caller)
        {
            return;
        }

        var status = context.Response.StatusCode;
        figures.Seen(caller.Organization, caller.Client);
        if (EndpointAccess.Of(context) is EndpointAccess.PerOperation)
        {
            figures.Called(caller.Organization, caller.Client, status, call.Upstream?.Added(call.Began)?.TotalMilliseconds);
        }

        if (status >= 400 && context.Response.Headers[ProblemResult.ErrorHeader].ToString() is { Length: > 0 } code)
        {
            figures.Refused(caller.Organization, caller.Client, code);
        }
    }
}

/// <summary>Counts events and deliveries where their metrics are, and writes all figures down every few seconds.</summary>
internal sealed class FigureService(FigureRecorder figures, WebhookMetrics metrics, StoreClock clock, ILogger<FigureService> logger)
    : PeriodicService(clock.Time, logger)
{
    protected override bool PausesFirst => true;

    protected override TimeSpan Pause => TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.EventStored += figures.EventIn;
        metrics.AttemptEnded += Attempted;
        await base.ExecuteAsync(stoppingToken);
        metrics.EventStored -= figures.EventIn;
        metrics.AttemptEnded -= Attempted;
    }

    /// <summary>A store that is away gets them the next time; the last time, that is the end of it.</summary>
    protected override Task RoundAsync(CancellationToken stoppingToken) => figures.FlushAsync(CancellationToken.None);

    protected override Task EndAsync() => figures.FlushAsync(CancellationToken.None);

    private void Attempted(string partition, string result, TimeSpan took)
    {
        var slash = partition.LastIndexOf('/');
        if (slash < 0)
        {
            return;
        }

        figures.Attempted(new OrganizationKey(partition[..slash]), partition[(slash + 1)..], result == "delivered", took.TotalMilliseconds);
    }
}
