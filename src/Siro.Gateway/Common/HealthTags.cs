namespace Siro.Gateway.Common;

/// <summary>Which health endpoint runs a check. Every check is part of <c>/health/detail</c>.</summary>
internal static class HealthTags
{
    /// <summary>Part of <c>/health/startup</c>.</summary>
    public const string Startup = "startup";

    /// <summary>Part of <c>/health/ready</c>: asked every few seconds by anybody, so it must answer at once.</summary>
    public const string Ready = "ready";
}
