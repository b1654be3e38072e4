using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Budget;

/// <summary>
/// Says once a second that this replica lives, hears of pauses and of who waits elsewhere, and at the end gives back what is held and takes
/// leave.
/// </summary>
internal sealed class BudgetHeartbeat(FleetLink link, SiroBudget budget, ILogger<BudgetHeartbeat> logger)
    : PeriodicService(link.Clock.Time, logger), IHostedLifecycleService
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private long _beats;

    /// <summary>Nothing yet: requests and jobs are ending meanwhile, and may use what is held only while this replica is heard.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await budget.LeaveAsync(Farewell);

        // A time of its own: where the host's is over already, leave is still taken.
        using var farewell = new CancellationTokenSource(Farewell, link.Clock.Time);
        try
        {
            await link.Store.HeartbeatAsync(link.Fleet.Epoch, away: false, _beats, leave: true, farewell.Token);
        }
        catch (OperationCanceledException)
        {
            // The others learn it from the silence.
        }
        catch (StoreUnavailableException e)
        {
            link.Failed(e);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override TimeSpan Pause => TimeSpan.FromSeconds(1);

    protected override async Task RoundAsync(CancellationToken stoppingToken)
    {
        try
        {
            var sent = link.Now;
            var epoch = link.Fleet.Epoch;
            var reply = await link.Store.HeartbeatAsync(epoch, link.Fleet.Away(sent), _beats, leave: false, stoppingToken);
            _beats = reply.Beats;
            link.Heard(sent, reply.Epoch, reply.Replicas);
            link.Fleet.HeardFleet(sent, reply.Loads, reply.Lately);
            budget.Hear(reply.Closed, reply.Pressed, resync: false);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever it was: a replica that stops beating is taken for dead.
            link.Failed(e);
            budget.Hear([], [], resync: false);
        }
    }
}
