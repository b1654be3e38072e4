using Microsoft.AspNetCore.Authorization;

namespace Siro.Gateway.Access;

/// <summary>
/// Deny by default: the host does not start with an endpoint that carries no access rule, or several, or one that the framework's metadata
/// contradicts.
/// What such an endpoint would answer is the fallback policy's, which lets nobody in.
/// </summary>
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
        [.. endpoints.OfType<RouteEndpoint>().Select(e => Fault(e) is { } fault ? $"{e.DisplayName} {fault}" : null).OfType<string>()];

    private static string? Fault(RouteEndpoint endpoint)
    {
        var rules = endpoint.Metadata.GetOrderedMetadata<EndpointAccess>();
        if (rules.Distinct().Count() != 1)
        {
            return $"has {rules.Count}";
        }

        var anonymous = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>();
        return rules[0] switch
        {
            { NeedsCaller: true } when anonymous => "needs a caller and allows anonymous ones",
            { NeedsCaller: false } when !anonymous => "needs no caller and does not allow anonymous ones",
            EndpointAccess.Permission { Name: var name } when !policies.Any(p => p.Policy == name) => $"lacks the policy {name}",
            EndpointAccess.PerOperation when !policies.Any(p => p.Policy == OperationPermission.Policy) =>
                $"lacks the policy {OperationPermission.Policy}",
            { NeedsCaller: true } when policies.Count == 0 => "lacks a policy",
            _ => null,
        };
    }
}
