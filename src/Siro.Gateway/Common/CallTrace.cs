using System.Diagnostics;

namespace Siro.Gateway.Common;

/// <summary>
/// A call's trace id where no span carries it. A span flows with every await, which a fifth of a proxied call's CPU went into; where nobody
/// records one, the id alone does: the caller's, by its <c>traceparent</c>, or a new one.
/// </summary>
internal static class CallTrace
{
    /// <summary>Gives the call its trace id.</summary>
    public static void Set(HttpContext context, ActivityTraceId id) => CallNotes.Of(context).TraceId = id.ToHexString();

    /// <summary>The trace id of a call, as problems and the audit name it.</summary>
    public static string IdOf(HttpContext context) =>
        Activity.Current?.TraceId.ToHexString() ?? CallNotes.Of(context).TraceId ?? context.TraceIdentifier;

    /// <summary>
    /// A span for as long as something is logged on behalf of the call, so that its trace id finds the line; null where there is one
    /// already.
    /// </summary>
    public static IDisposable? Enter(HttpContext context) =>
        Activity.Current is null && CallNotes.Of(context).TraceId is { } id
            ? new Activity("call").SetParentId(ActivityTraceId.CreateFromString(id), ActivitySpanId.CreateRandom()).Start()
            : null;
}
