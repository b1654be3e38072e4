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
        var calls = day.ByClient(FigureField.Calls).ToLookup(f => f.Client, f => day.Sum(f.Field), StringComparer.Ordinal);
        var refusals = Refusals(day);
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
                    CallsLastDay = calls[c.Key].Sum(),
                    RefusalsLastDay = refusals[c.Key].OrderByDescending(r => r.Count)
                        .ToDictionary(r => r.Code, r => r.Count, StringComparer.Ordinal),
                }),
            cursor = (string?)null,
        });
    }

    private static ILookup<string, (string Code, long Count)> Refusals(FigureSpan day) =>
        (from field in day.Fields
         let refusal = FigureField.RefusalOf(field)
         where refusal is not null
         select (refusal.Value.Client, refusal.Value.Code, Count: day.Sum(field)))
        .ToLookup(r => r.Client, r => (r.Code, r.Count), StringComparer.Ordinal);
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
