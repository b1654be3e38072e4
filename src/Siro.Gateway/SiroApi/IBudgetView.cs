using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>A client's own share of one Siro token's budget, as this replica last saw it.</summary>
/// <param name="Quota">Requests that are the client's own in a window.</param>
/// <param name="WindowSeconds">The window.</param>
/// <param name="Remaining">How many of them are left now.</param>
/// <param name="ResetSeconds">After how many whole seconds there is more, rounded up.</param>
/// <param name="Queued">How many of its requests wait in this replica for more.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly record struct BudgetShare(int Quota, int WindowSeconds, int Remaining, int ResetSeconds, int Queued = 0);

/// <summary>Declared by SiroApi, implemented by Budget: what is left for a client. Reads memory alone.</summary>
public interface IBudgetView
{
    /// <summary>The share of the token that a request went out with.</summary>
    BudgetShare For(SiroRequest request, SiroCredential credential);

    /// <summary>
    /// The share for <c>/v1/me</c>: of the token of that kind which the client used last here, or a whole one where it used none.
    /// </summary>
    BudgetShare For(OrganizationKey organization, ClientName client, bool userToken);
}

/// <summary>Declared by SiroApi, implemented by Budget: whether the fleet shares the budget, for health.</summary>
public interface IBudgetHealth
{
    /// <summary>False while the store is away: this replica then keeps to the limit divided by <see cref="Replicas"/>.</summary>
    bool Shared { get; }

    /// <summary>Replicas last seen.</summary>
    int Replicas { get; }
}

/// <summary>RateLimit header fields (IETF draft-ietf-httpapi-ratelimit-headers, structured fields).</summary>
public static class BudgetHeaders
{
    /// <summary>The last one written: it hardly ever changes.</summary>
    private static Policy? _policy;

    /// <summary>Writes <c>RateLimit-Policy: "client";q=250;w=60</c> and <c>RateLimit: "client";r=12;t=7</c>.</summary>
    public static void Write(IHeaderDictionary headers, BudgetShare share)
    {
        var policy = _policy;
        if (policy is null || policy.Quota != share.Quota || policy.WindowSeconds != share.WindowSeconds)
        {
            _policy = policy = new Policy(share.Quota, share.WindowSeconds);
        }

        headers["RateLimit-Policy"] = policy.Text;
        headers["RateLimit"] = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"\"client\";r={share.Remaining};t={share.ResetSeconds}");
    }

    /// <summary>The same for a call that went through the Siro client; nothing where it never got a credential.</summary>
    internal static void Write(IHeaderDictionary headers, IBudgetView view, SiroCall call)
    {
        if (call.Credential is { } credential)
        {
            Write(headers, view.For(call.Request, credential));
        }
    }

    private sealed class Policy(int quota, int windowSeconds)
    {
        public int Quota => quota;

        public int WindowSeconds => windowSeconds;

        public string Text { get; } = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"\"client\";q={quota};w={windowSeconds}");
    }
}
