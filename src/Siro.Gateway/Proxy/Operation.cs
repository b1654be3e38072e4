using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Proxy;

/// <summary>One operation of Siro: what a call is, without what it is about.</summary>
internal sealed class Operation(string name, string permission)
{
    private readonly string[] _auditNames = [.. Enum.GetValues<SiroHost>().Select(h => $"{h.Cluster()} {name}")];

    /// <summary>Method and template (<c>GET /v1/core/recordings/{id}</c>): for telemetry and audit.</summary>
    public string Name => name;

    /// <summary>The word that a caller needs.</summary>
    public string Permission => permission;

    /// <summary>The host's name and the operation's.</summary>
    public string AuditName(SiroHost host) => _auditNames[(int)host];
}
