namespace Siro.Gateway.Access;

/// <summary>Deny by default: the host does not start with an endpoint that carries no access rule, or several.</summary>
internal sealed class EndpointAccessCheck : IHostedService
{
    private IEndpointRouteBuilder? _routes;

    /// <summary>Told by the feature's Map, because the routes belong to the application and not to its services.</summary>
    public void Watch(IEndpointRouteBuilder routes) => _routes = routes;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var faults = _routes is null ? [] : Faults(_routes.DataSources.SelectMany(s => s.Endpoints));
        return faults.Count == 0
            ? Task.CompletedTask
            : throw new InvalidOperationException("Every endpoint needs exactly one access rule: " + string.Join("; ", faults));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The endpoints at fault, by their names. A rule may be repeated only by one that is equal.</summary>
    internal static IReadOnlyList<string> Faults(IEnumerable<Endpoint> endpoints) =>
        [.. endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetOrderedMetadata<EndpointAccess>().Distinct().Count() != 1)
            .Select(e => $"{e.DisplayName} has {e.Metadata.GetOrderedMetadata<EndpointAccess>().Count}")];
}
