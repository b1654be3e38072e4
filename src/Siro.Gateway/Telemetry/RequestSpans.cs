using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;

namespace Siro.Gateway.Telemetry;

/// <summary>Names the framework's span of a call by its operation, as the audit does, and says whose call it was.</summary>
internal static class RequestSpans
{
    public static async Task NameAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } activity)
            {
                var operation = AuditedOperation.Of(context);
                activity.DisplayName = operation;
                activity.SetTag("http.route", operation[(operation.LastIndexOf(' ') + 1)..]);
                activity.SetTag("siro.operation", operation);
                activity.SetTag("siro.client", context.CallerOrNull()?.Client.Value);
                activity.SetTag("siro.organization", context.CallerOrNull()?.Organization.Value);
                activity.SetTag("http.response.status_code", context.Response.StatusCode);
                if (context.Response.Headers.TryGetValue("Siro-Gateway-Error", out var code))
                {
                    activity.SetTag("error.type", code.ToString());
                }
            }
        }
    }
}

/// <summary>Takes out of every span what the framework may put in and what callers decide: raw paths, queries, user agents.</summary>
internal sealed class BoundedSpans : BaseProcessor<Activity>
{
    private static readonly string[] Unbounded = ["url.path", "url.query", "url.full", "http.url", "http.target", "user_agent.original", "client.address"];

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
