using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>Makes the request value for work that a caller waits for.</summary>
public static class CallerRequests
{
    /// <summary>
    /// A request to <paramref name="host"/> for this caller; <paramref name="operation"/> is the template, e.g. <c>GET /v1/core/users</c>.
    /// </summary>
    public static SiroRequest ForCaller(this Caller caller, SiroHost host, HttpMethod method, string operation) => new()
    {
        Organization = caller.Organization,
        Host = host,
        Client = caller.Client,
        ActingUser = host is SiroHost.External ? null : caller.ActingUser,
        Scope = method == HttpMethod.Get || method == HttpMethod.Head ? TokenScope.Read : TokenScope.Write,
        Priority = caller.Priority,
        Operation = $"{method.Method} {operation}",
        Idempotent = SiroRequest.IsRepeatable(method.Method, operation),
    };
}
