using System.Diagnostics;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// Gives each call its trace. With an exporter of traces the framework has begun a span by now. Without one, a call gets a span of its own
/// where the caller's <c>traceparent</c> says that it is recorded, where it is sent on to Siro, and on every path but the proxied ones; a
/// proxied call that nobody records gets the trace's id alone (<see cref="CallTrace"/>).
/// </summary>
internal sealed class CallTraceMiddleware(RequestDelegate next, ISettings<TelemetryOptions> telemetry)
{
    private static readonly PathString[] Proxied = [.. Enum.GetValues<SiroHost>().Select(host => new PathString("/" + host.Cluster()))];

    public Task InvokeAsync(HttpContext context)
    {
        if (Activity.Current is not null)
        {
            return next(context);
        }

        var headers = context.Request.Headers;
        var parent = headers.TraceParent is [var told] && ActivityContext.TryParse(told, headers.TraceState, isRemote: true, out var known)
            ? known
            : default;
        if (parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) || telemetry.Current.PropagateToSiro || !IsProxied(context.Request.Path))
        {
            return WithSpanAsync(context, parent);
        }

        CallTrace.Set(context, parent.TraceId == default ? ActivityTraceId.CreateRandom() : parent.TraceId);
        return next(context);
    }

    private async Task WithSpanAsync(HttpContext context, ActivityContext parent)
    {
        using var activity = new Activity("call");
        if (parent.TraceId != default)
        {
            activity.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
            activity.TraceStateString = parent.TraceState;
        }

        activity.Start();
        await next(context);
    }

    private static bool IsProxied(PathString path)
    {
        foreach (var prefix in Proxied)
        {
            if (path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
