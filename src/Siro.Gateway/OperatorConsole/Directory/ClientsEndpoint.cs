using Siro.Gateway.Access;
using Siro.Gateway.Configuration;
using Siro.Gateway.OperatorConsole.Figures;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.OperatorConsole.Directory;

/// <summary><c>GET /v1/clients</c>: the clients of the caller's organization, as configured and as seen. No secret, no hash.</summary>
internal sealed class ClientsEndpoint(ISettings<ClientsOptions> clients, FigureReader figures, IBudgetView? budget = null)
{
    public async Task<IResult> ListAsync(HttpContext context)
    {
        var organization = context.Caller().Organization;
        var seen = await figures.SeenAsync(organization, context.RequestAborted);
        var day = await figures.ReadAsync(organization, day: true).WaitAsync(context.RequestAborted);
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (field, count) in day.Buckets.SelectMany(b => b.Counts))
        {
            sums[field] = sums.GetValueOrDefault(field) + count;
        }

        return Results.Ok(new
        {
            data = clients.Current
                .Where(c =>
                    string.IsNullOrEmpty(c.Value.Organization) || c.Value.Organization == Client.Any
                        || string.Equals(c.Value.Organization, organization.Value, StringComparison.OrdinalIgnoreCase))
                .OrderBy(c => c.Key, StringComparer.OrdinalIgnoreCase)
                .Select(c => new ClientView
                {
                    Name = c.Key,
                    Organization = c.Value.Organization ?? organization.Value,
                    Permissions = c.Value.Permissions,
                    ApiKeys = c.Value.ApiKeyHashes.Count,
                    ClientIds = c.Value.ClientIds,
                    DefaultUser = c.Value.DefaultUser,
                    Users = c.Value.Users,
                    Weight = c.Value.Weight,
                    Priority = c.Value.Priority.ToString().ToLowerInvariant(),
                    Budget = budget?.For(organization, new(c.Key), userToken: false),
                    LastSeenAt = seen.TryGetValue(c.Key, out var at) ? at : null,
                    CallsLastDay = sums.Where(s => s.Key.StartsWith(FigureField.Calls, StringComparison.Ordinal) && s.Key[4..] == c.Key)
                        .Sum(s => s.Value),
                    RefusalsLastDay = Refusals(sums, c.Key),
                }),
            cursor = (string?)null,
        });
    }

    private static Dictionary<string, long> Refusals(Dictionary<string, long> sums, string client) => sums
        .Where(s => s.Key.StartsWith("r|", StringComparison.Ordinal))
        .Select(s => (Parts: s.Key.Split('|', 3), s.Value))
        .Where(s => s.Parts[2] == client)
        .OrderByDescending(s => s.Value)
        .ToDictionary(s => s.Parts[1], s => s.Value, StringComparer.Ordinal);
}

/// <summary>A client as an operator sees it.</summary>
internal sealed record ClientView
{
    public required string Name { get; init; }

    public required string Organization { get; init; }

    public required IReadOnlyList<string> Permissions { get; init; }

    /// <summary>How many API keys it has.</summary>
    public int ApiKeys { get; init; }

    /// <summary>The ids under which the identity provider knows it.</summary>
    public required IReadOnlyList<string> ClientIds { get; init; }

    public string? DefaultUser { get; init; }

    public required IReadOnlyList<string> Users { get; init; }

    public double Weight { get; init; }

    public required string Priority { get; init; }

    /// <summary>Its share of the organization token's budget, as the replica that answers sees it.</summary>
    public BudgetShare? Budget { get; init; }

    /// <summary>When it last called, whatever for; null when never in 90 days.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Its calls to Siro's API in the last 24 hours, refused ones too.</summary>
    public long CallsLastDay { get; init; }

    /// <summary>What the gateway refused in the last 24 hours, by code.</summary>
    public required IReadOnlyDictionary<string, long> RefusalsLastDay { get; init; }
}
