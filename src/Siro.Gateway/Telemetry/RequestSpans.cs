using System.Diagnostics;
using OpenTelemetry;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// Says of the framework's span of a call which operation it was and whose. Called for spans that are recorded. The name is
/// <c>{method} {http.route}</c> by the semantic conventions, with the operation's template for the route.
/// </summary>
internal static class RequestSpans
{
    public static void Enrich(Activity activity, HttpResponse response)
    {
        var context = response.HttpContext;
        var operation = AuditedOperation.Of(context);
        var (method, route) = Route(operation);
        activity.DisplayName = route is null ? method : $"{method} {route}";
        activity.SetTag("http.route", route);
        activity.SetTag("siro.operation", operation);
        activity.SetTag("siro.client", context.CallerOrNull()?.Client.Value);
        activity.SetTag("siro.organization", context.CallerOrNull()?.Organization.Value);
        if (response.Headers.TryGetValue("Siro-Gateway-Error", out var code))
        {
            activity.SetTag("error.type", code.ToString());
        }
    }

    /// <summary><c>external GET /v1/core/users</c> is <c>GET /external/v1/core/users</c>; an unknown path has no route.</summary>
    internal static (string Method, string? Route) Route(string operation) => operation.Split(' ') switch
    {
        [var host, var method, var path] => (method, $"/{host}{path}"),
        [var method, "(none)"] => (method, null),
        [var method, var path] => (method, path.StartsWith('/') ? path : "/" + path),
        _ => (operation, null),
    };
}

/// <summary>Takes out of every span what the framework may put in and what callers decide: raw paths, queries, user agents.</summary>
internal sealed class BoundedSpans : BaseProcessor<Activity>
{
    private static readonly string[] Unbounded =
        ["url.path", "url.query", "url.full", "http.url", "http.target", "user_agent.original", "client.address",
            "http.request.method_original"];

    public override void OnEnd(Activity data)
    {
        foreach (var tag in Unbounded)
        {
            if (data.GetTagItem(tag) is not null)
            {
                data.SetTag(tag, null);
            }
        }
    }
}
