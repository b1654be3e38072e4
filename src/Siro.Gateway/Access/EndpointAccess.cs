using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>
/// How an endpoint decides who may use it. Every endpoint carries exactly one, beside the framework's own metadata that says the same
/// (an authorization policy, or that anybody may come); the host does not start with an endpoint that carries none.
/// </summary>
public abstract record EndpointAccess
{
    /// <summary>True where a caller must show who it is: an authorization policy decides.</summary>
    public virtual bool NeedsCaller => true;

    /// <summary>True where the request's endpoint needs a caller; false where it has none.</summary>
    internal static bool AsksForCaller(HttpContext context) => Of(context) is { NeedsCaller: true };

    /// <summary>
    /// The rule of the request's endpoint; null before routing, without an endpoint, and for routing's own answers (405, 415). Each part of
    /// access reads it, and to ask the endpoint costs more than to remember what it said.
    /// </summary>
    internal static EndpointAccess? Of(HttpContext context)
    {
        var notes = CallNotes.Of(context);
        if (notes.Access is EndpointAccess known)
        {
            return known;
        }

        var found = context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>();
        notes.Access = found;
        return found;
    }

    /// <summary>A caller with this permission (or <c>admin</c>).</summary>
    public sealed record Permission(string Name) : EndpointAccess
    {
        /// <summary>
        /// Whether what it permits is done for a Siro user. The gateway's own events, deliveries and people, and what goes to Siro with the
        /// organization's token, are there without Siro's list of users.
        /// </summary>
        public bool NeedsUser => Name is Permissions.PlatformRead or Permissions.PlatformWrite or Permissions.UploadsWrite
            or Permissions.CallsWrite or Permissions.LinksRead;
    }

    /// <summary>Any authenticated caller (<c>/v1/me</c>).</summary>
    public sealed record AnyCaller : EndpointAccess;

    /// <summary>A caller with the permission of the operation that the call is (the three proxied prefixes).</summary>
    /// <param name="NeedsUser">False on the host of the organization token: a default user that can't be looked up is no reason to refuse
    /// there.</param>
    /// <param name="WordOf">The permission. Throws <see cref="Common.ProblemException"/> for a call that is no operation whoever
    /// calls.</param>
    public sealed record PerOperation(bool NeedsUser, Func<HttpContext, string> WordOf) : EndpointAccess;

    /// <summary>The endpoint itself verifies a signature over the body (webhooks, providers).</summary>
    public sealed record Signature : EndpointAccess
    {
        public override bool NeedsCaller => false;
    }

    /// <summary>Open to all: health, documentation. Never data.</summary>
    public sealed record Open : EndpointAccess
    {
        public override bool NeedsCaller => false;
    }
}

/// <summary>Attaches <see cref="EndpointAccess"/> and the framework's authorization metadata to endpoints and groups.</summary>
public static class EndpointAccessExtensions
{
    /// <summary>Only callers with this permission, or <c>admin</c>: the authorization policy of that name.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, string permission)
        where TBuilder : IEndpointConventionBuilder =>
            builder.RequireAuthorization(permission).WithMetadata(new EndpointAccess.Permission(permission));

    /// <summary>Any authenticated caller: the default policy.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization().WithMetadata(new EndpointAccess.AnyCaller());

    /// <summary>Only callers with the permission of the call's operation, or <c>admin</c>.</summary>
    public static TBuilder RequirePermissionOfOperation<TBuilder>(
        this TBuilder builder, bool needsUser, Func<HttpContext, string> permission)
        where TBuilder : IEndpointConventionBuilder =>
            builder.RequireAuthorization(OperationPermission.Policy).WithMetadata(new EndpointAccess.PerOperation(needsUser, permission));

    /// <summary>The endpoint verifies a signature itself.</summary>
    public static TBuilder AuthenticatedBySignature<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.AllowAnonymous().WithMetadata(new EndpointAccess.Signature());

    /// <summary>Open to all.</summary>
    public static TBuilder OpenToAll<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.AllowAnonymous().WithMetadata(new EndpointAccess.Open());
}
