using System.Diagnostics;

namespace Siro.Gateway.Common;

/// <summary>
/// The gateway's own spans: one for each attempt at Siro, for each request elsewhere and for each run of a stored job.
/// Named by operation templates; never a raw path, a query, a header or a body.
/// </summary>
internal static class GatewayActivities
{
    public const string SourceName = "Siro.Gateway";

    /// <summary>The field of a stored job that carries the trace of whoever stored it (W3C traceparent).</summary>
    public const string TraceField = "~trace";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The trace to store with a job, or null where it is not sampled.</summary>
    public static string? Current => Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>One attempt at Siro; null where nobody listens.</summary>
    /// <param name="operation">The operation's template.</param>
    public static Activity? ToSiro(string operation, HttpRequestMessage request)
    {
        if (!Source.HasListeners())
        {
            // Not even the name is made for nobody.
            return null;
        }

        var activity = Source.StartActivity("siro " + operation, ActivityKind.Client);
        activity?.SetTag("http.request.method", request.Method.Method);
        activity?.SetTag("server.address", request.RequestUri?.Host);
        activity?.SetTag("url.template", operation);
        return activity;
    }

    /// <summary>One request to an address that is not Siro.</summary>
    public static Activity? ToOthers(HttpRequestMessage request)
    {
        var activity = Source.StartActivity($"outbound {request.Method.Method}", ActivityKind.Client);
        activity?.SetTag("http.request.method", request.Method.Method);
        activity?.SetTag("server.address", request.RequestUri?.Host);
        return activity;
    }

    /// <summary>One run of a stored job, in the trace of whoever stored it.</summary>
    public static Activity? Job(string kind, string? trace, int attempt)
    {
        var parent = trace is not null && ActivityContext.TryParse(trace, null, isRemote: true, out var stored)
            ? stored
            : Activity.Current?.Context ?? default;
        var activity = Source.StartActivity($"job {kind}", ActivityKind.Consumer, parent);
        activity?.SetTag("siro.gateway.job.kind", kind);
        activity?.SetTag("siro.gateway.job.attempt", attempt);
        return activity;
    }

    /// <summary>Notes how a request ended.</summary>
    public static void Ended(this Activity? activity, int status)
    {
        activity?.SetTag("http.response.status_code", status);
        if (status >= 400)
        {
            activity?.SetTag("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            activity?.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Notes that it ended without an answer. The type alone: a message may quote an address.</summary>
    public static void Failed(this Activity? activity, Exception exception)
    {
        activity?.SetTag("error.type", exception.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
