using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>The check of the section <c>Clients</c>.</summary>
internal static class ClientsOptionsValidator
{
    public static void Check(ClientsOptions clients, ISettingsCandidates candidates, ValidationErrors errors)
    {
        if (clients.Count == 0)
        {
            errors.Add("Clients", "name at least one client, e.g. Clients:crm:ApiKeyHashes:0 (make one with 'api-key create crm')");
            return;
        }

        var siro = candidates.Get<SiroOptions>();
        var authentication = candidates.Get<AuthenticationOptions>();
        var idOwners = new Dictionary<string, string>(StringComparer.Ordinal);
        var hashOwners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, client) in clients)
        {
            var path = $"Clients:{name}";
            CheckOrganization(client, siro, path, errors);
            CheckPermissions(client, path, errors);
            CheckOwnership(client.ClientIds, $"{path}:ClientIds", path, idOwners, errors);
            CheckOwnership(client.ApiKeyHashes, $"{path}:ApiKeyHashes", path, hashOwners, errors);
            CheckUsers(client, path, errors);
            for (var i = 0; i < client.ApiKeyHashes.Count; i++)
            {
                errors.Require(ApiKey.ParseHash(client.ApiKeyHashes[i]) is not null, $"{path}:ApiKeyHashes:{i}",
                    "must be 'sha256:' and 64 hex digits (made by 'api-key create'); never the key itself");
            }

            errors.Require(client.Weight is > 0 and <= 1000, path + ":Weight", "must be more than 0 and at most 1000");
            errors.Require(Enum.IsDefined(client.Priority), path + ":Priority", "must be interactive, batch or background");
        }

        var tokens = !string.IsNullOrWhiteSpace(authentication.Jwt.Authority)
            || !string.IsNullOrWhiteSpace(authentication.AzureAd.TenantId);
        errors.Require(
            hashOwners.Count > 0 || (tokens && idOwners.Count > 0),
            "Clients",
            "nobody can authenticate: give a client ApiKeyHashes, or ClientIds together with Authentication:AzureAd or Authentication:Jwt");
    }

    private static void CheckOrganization(ClientOptions client, SiroOptions siro, string path, ValidationErrors errors)
    {
        if (string.IsNullOrEmpty(client.Organization))
        {
            errors.Require(siro.Organizations.Count <= 1, path + ":Organization", "is missing: there are several organizations");
        }
        else if (client.Organization != Client.Any)
        {
            errors.Require(siro.Find(new(client.Organization)) is not null, path + ":Organization", "must be one of Siro:Organizations");
        }
    }

    private static void CheckPermissions(ClientOptions client, string path, ValidationErrors errors)
    {
        for (var i = 0; i < client.Permissions.Count; i++)
        {
            errors.Require(Permissions.All.Contains(client.Permissions[i]), $"{path}:Permissions:{i}",
                $"is not a permission. Permissions are {string.Join(", ", Permissions.All)}");
        }
    }

    /// <summary>A credential that fits two clients would make one of them the other.</summary>
    private static void CheckOwnership(
        List<string> values, string at, string path, Dictionary<string, string> owners, ValidationErrors errors)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(values[i]))
            {
                errors.Add($"{at}:{i}", "must not be empty");
            }
            else if (!owners.TryAdd(values[i], path) && owners[values[i]] != path)
            {
                errors.Add($"{at}:{i}", $"is also one of {owners[values[i]]}");
            }
        }
    }

    private static void CheckUsers(ClientOptions client, string path, ValidationErrors errors)
    {
        for (var i = 0; i < client.Users.Count; i++)
        {
            errors.Require(client.Users[i] == Client.Any || UserReference.IsWellFormed(client.Users[i]), $"{path}:Users:{i}",
                "must be a Siro user id, an email, or *");
        }

        errors.Require(string.IsNullOrEmpty(client.DefaultUser) || UserReference.IsWellFormed(client.DefaultUser), path + ":DefaultUser",
            "must be a Siro user id or an email");
    }
}
