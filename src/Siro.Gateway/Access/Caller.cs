using System.Collections.Frozen;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>
/// Who calls, as the gateway sees it: set once per request, after authentication; read with <see cref="CallerContext.Caller"/>.
/// </summary>
public sealed record Caller
{
    /// <summary>The client, as configured.</summary>
    public required ClientName Client { get; init; }

    /// <summary>Whose Siro it works on: the client's, or the one named by <c>Siro-Organization</c> where the client may.</summary>
    public required OrganizationKey Organization { get; init; }

    /// <summary>The words of <see cref="Permissions"/> that it holds.</summary>
    public required FrozenSet<string> Permissions { get; init; }

    /// <summary>
    /// The Siro user on whose behalf it acts, resolved to an id and checked against the client's <c>Users</c>:
    /// <c>Siro-User</c>, else the client's <c>DefaultUser</c>, else the organization's; null where none is configured.
    /// </summary>
    public UserId? ActingUser { get; init; }

    /// <summary>Share of the budget among clients, default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Place in the budget's queue, default interactive.</summary>
    public Priority Priority { get; init; } = Priority.Interactive;

    /// <summary>True when the caller holds the permission; <c>admin</c> holds all of them.</summary>
    public bool May(string permission) => Permissions.Contains(permission) || Permissions.Contains(Access.Permissions.Admin);
}

/// <summary>Reads the caller from a request.</summary>
public static class CallerContext
{
    /// <summary>The authenticated caller. Throws where the endpoint does not authenticate callers: a bug in the gateway.</summary>
    public static Caller Caller(this HttpContext context) =>
        CallNotes.Of(context).Caller as Caller ?? throw new InvalidOperationException("This endpoint has no caller.");

    /// <summary>The caller, or null where nobody was authenticated (webhooks, health).</summary>
    public static Caller? CallerOrNull(this HttpContext context) => CallNotes.Of(context).Caller as Caller;

    internal static void SetCaller(this HttpContext context, Caller caller) => CallNotes.Of(context).Caller = caller;
}
