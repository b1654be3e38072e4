using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>
/// What a call is in the audit: the operation of Siro that the proxy found, else the endpoint's route. Never the raw path.
/// </summary>
internal static class AuditedOperation
{
    /// <summary>Names the operation of this call (<c>external GET /v1/core/recordings/{id}</c>).</summary>
    public static void Set(HttpContext context, string operation) => CallNotes.Of(context).Operation = operation;

    public static string Of(HttpContext context) =>
        CallNotes.Of(context).Operation
        ?? (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route }
            ? $"{Method(context.Request.Method)} {route}"
            : $"{Method(context.Request.Method)} (none)");

    /// <summary>A method is the caller's own text: only those that are known are repeated.</summary>
    private static string Method(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? method : "OTHER";
}
