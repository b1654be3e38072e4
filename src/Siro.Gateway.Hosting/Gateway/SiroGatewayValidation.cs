namespace Siro.Gateway.Hosting;

/// <summary>What is wrong with a gateway of the application, all at once and before anything starts.</summary>
internal static class SiroGatewayValidation
{
    public static void Require(SiroGatewayResource gateway)
    {
        List<string> errors = [.. Find(gateway)];
        if (errors.Count > 0)
        {
            throw new DistributedApplicationException(
                $"The gateway '{gateway.Name}' can't start:{string.Concat(errors.Select(e => $"{Environment.NewLine}- {e}"))}");
        }
    }

    private static IEnumerable<string> Find(SiroGatewayResource gateway)
    {
        if (gateway.Redis is null)
        {
            yield return "It has no Redis, which holds its state. Add .WithRedis(builder.AddRedis(\"redis\")), "
                + "or .WithRedis(builder.AddLocalRedis(\"redis\")) where there is no container engine.";
        }

        if (gateway.Organizations.Count == 0)
        {
            yield return "It has no organization. Add .WithSiro(builder.AddSiroEmulator(\"siro\")), "
                + "or .WithOrganization(\"acme\", ...) for one of Siro's.";
        }

        if (gateway.Clients.Count == 0)
        {
            yield return "It has no client, so that nobody could call it. Add .WithClient(\"crm\", SiroPermissions.PlatformRead).";
        }

        foreach (var error in Repeated("organization", gateway.Organizations.Select(o => o.Name))
            .Concat(Repeated("client", gateway.Clients.Select(c => c.Name)))
            .Concat(Repeated("subscription", gateway.Subscriptions))
            .Concat(gateway.Clients.SelectMany(c => Find(gateway, c))))
        {
            yield return error;
        }

        foreach (var (resource, client) in gateway.Users.Where(u => gateway.Clients.TrueForAll(c => c.Name != u.Client)))
        {
            yield return $"'{resource}' is the client '{client}', which does not exist. "
                + $"Add .WithClient(\"{client}\", ...), or use {Names(gateway.Clients.Select(c => c.Name))}.";
        }
    }

    private static IEnumerable<string> Find(SiroGatewayResource gateway, SiroClient client)
    {
        var organizations = Names(gateway.Organizations.Select(o => o.Name));
        if (client.Organization is null)
        {
            if (gateway.Organizations.Count > 1)
            {
                yield return $"The client '{client.Name}' names no organization, and there are several. "
                    + $"Set its Organization to {organizations}.";
            }
        }
        else if (gateway.Organizations.TrueForAll(o => o.Name != client.Organization))
        {
            yield return $"The client '{client.Name}' names the organization '{client.Organization}', which does not exist. "
                + (gateway.Organizations.Count == 0
                    ? $"Add .WithOrganization(\"{client.Organization}\", ...)."
                    : $"Use {organizations}, or add it.");
        }

        if (client.Permissions.Count == 0)
        {
            yield return $"The client '{client.Name}' has no permission. Give it some of {Names(SiroPermissions.All)}.";
        }

        foreach (var permission in client.Permissions.Except(SiroPermissions.All, StringComparer.Ordinal))
        {
            yield return $"The client '{client.Name}' has the permission '{permission}', which does not exist. "
                + $"Use {Names(SiroPermissions.All)}.";
        }
    }

    private static IEnumerable<string> Repeated(string what, IEnumerable<string> names) =>
        names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1)
            .Select(g => $"There is more than one {what} '{g.Key}'. Give each a name of its own.");

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
