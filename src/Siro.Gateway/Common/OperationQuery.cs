namespace Siro.Gateway.Common;

/// <summary>Query parameters that an endpoint reads by itself, by name, with what they mean; the API's description shows them.</summary>
internal sealed record OperationQuery(IReadOnlyList<(string Name, string Description)> Parameters);

/// <summary>Attaches query parameters to an endpoint.</summary>
internal static class OperationQueryExtensions
{
    public static TBuilder WithQuery<TBuilder>(this TBuilder builder, params (string Name, string Description)[] parameters)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OperationQuery(parameters));
}
