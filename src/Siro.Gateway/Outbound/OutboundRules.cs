using System.Net;

namespace Siro.Gateway.Outbound;

/// <summary>
/// What an outside address may be, for one purpose (subscribers, recordings, storage). Equal rules share connections; others never do.
/// </summary>
/// <param name="Purpose">Names the purpose in telemetry: <c>delivery</c>, <c>recording</c>, <c>storage</c>.</param>
public sealed record OutboundRules(string Purpose)
{
    /// <summary>
    /// Networks beyond the public internet that may be reached, in CIDR (<c>10.0.0.0/8</c>); sorted, as they are part of the rules'
    /// identity. Link-local and metadata addresses never, whatever stands here.
    /// </summary>
    public string AllowedNetworks { get; init; } = "";

    /// <summary>How long a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Makes <see cref="AllowedNetworks"/> from a configured list.</summary>
    public static string Networks(IEnumerable<string> networks) =>
        string.Join(' ', networks.Select(n => n.Trim()).Where(n => n.Length > 0).Order(StringComparer.Ordinal));

    internal IReadOnlyList<IPNetwork> ParsedNetworks() =>
        [.. AllowedNetworks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse)];
}
