namespace Siro.Gateway.Calls.Jobs;

/// <summary>The state words of a call.</summary>
internal static class CallState
{
    /// <summary>Stored; nothing was tried yet.</summary>
    public const string Notified = "notified";

    /// <summary>Its recording is not ready, or can't be reached: another try is planned.</summary>
    public const string Waiting = "waiting";

    /// <summary>The recording is being fetched.</summary>
    public const string Fetching = "fetching";

    /// <summary>It is on its way into Siro, as an upload.</summary>
    public const string Forwarding = "forwarding";

    /// <summary>The recording is in Siro.</summary>
    public const string Created = "created";

    /// <summary>Nobody says who the rep is: Siro would never process it. Waits for PATCH.</summary>
    public const string NeedsRep = "needs_rep";

    /// <summary>Dead letter, with its reason; waits for a retry.</summary>
    public const string Failed = "failed";

    /// <summary>Siro may have the recording, or not: its upload says more, and only a retry creates again.</summary>
    public const string Uncertain = "uncertain";
}
