namespace Siro.Gateway.Access;

/// <summary>
/// How an endpoint decides who may use it. Every endpoint carries exactly one; the host does not start with one that carries none.
/// </summary>
public abstract record EndpointAccess
{
    /// <summary>A caller with this permission (or <c>admin</c>).</summary>
    public sealed record Permission(string Name) : EndpointAccess;

    /// <summary>Any authenticated caller (<c>/v1/me</c>).</summary>
    public sealed record AnyCaller : EndpointAccess;

    /// <summary>A permission that depends on the operation (the three proxied prefixes): Proxy looks it up.</summary>
    /// <param name="NeedsUser">False on the host of the organization token: a default user that can't be looked up is no reason to refuse there.</param>
    public sealed record PerOperation(bool NeedsUser) : EndpointAccess;

    /// <summary>The endpoint itself verifies a signature over the body (webhooks, providers).</summary>
    public sealed record Signature : EndpointAccess;

    /// <summary>Open to all: health, documentation. Never data.</summary>
    public sealed record Open : EndpointAccess;
}

/// <summary>Attaches <see cref="EndpointAccess"/> to endpoints and groups.</summary>
public static class EndpointAccessExtensions
{
    /// <summary>Only callers with this permission, or <c>admin</c>.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, string permission)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new EndpointAccess.Permission(permission));

    /// <summary>Any authenticated caller.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new EndpointAccess.AnyCaller());

    /// <summary>The endpoint verifies a signature itself.</summary>
    public static TBuilder AuthenticatedBySignature<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new EndpointAccess.Signature());

    /// <summary>Open to all.</summary>
    public static TBuilder OpenToAll<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new EndpointAccess.Open());
}
