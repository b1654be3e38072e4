using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions;

/// <summary>What the endpoints of subscriptions, events and deliveries share.</summary>
internal static class EndpointFilters
{
    /// <summary>For what both who reads events and who manages subscriptions may do: either permission is enough.</summary>
    public static TBuilder RequireEventsOrSubscriptions<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireCaller().AddEndpointFilter(async (context, next) =>
        {
            var caller = context.HttpContext.Caller();
            return caller.May(Permissions.EventsRead) || caller.May(Permissions.SubscriptionsWrite)
                ? await next(context)
                : throw new ProblemException(new Problem(403, "permission_missing",
                    $"This client needs the permission '{Permissions.EventsRead}' or '{Permissions.SubscriptionsWrite}'.")
                {
                    Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["permission"] = Permissions.EventsRead },
                });
        });
}
