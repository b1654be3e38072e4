using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>What the endpoints of subscriptions, events and deliveries share.</summary>
internal static class EndpointFilters
{
    /// <summary>A store that is away is 503 <c>store_unavailable</c>, not a fault of the gateway's.</summary>
    public static TBuilder WithStoreProblems<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (StoreUnavailableException e)
            {
                throw new ProblemException(new Problem(503, "store_unavailable", "The store does not answer. Nothing is lost; try again.") { RetryAfter = TimeSpan.FromSeconds(2) }, e);
            }
        });

    /// <summary>For what both who reads events and who manages subscriptions may do: either permission is enough.</summary>
    public static TBuilder RequireEventsOrSubscriptions<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireCaller().AddEndpointFilter(async (context, next) =>
        {
            var caller = context.HttpContext.Caller();
            return caller.May(Permissions.EventsRead) || caller.May(Permissions.SubscriptionsWrite)
                ? await next(context)
                : throw new ProblemException(new Problem(403, "permission_missing", $"This client needs the permission '{Permissions.EventsRead}' or '{Permissions.SubscriptionsWrite}'.")
                {
                    Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["permission"] = Permissions.EventsRead },
                });
        });
}
