using System.CommandLine;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands;

/// <summary><c>siro-gateway token check [--organization ORG]</c>: who the organization token is, by Siro's caller-identity.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var organization = new Option<string?>(
            "--organization") { Description = "Its name in the configuration; every organization when left out." };
        var output = new Option<string>("--output") { Description = "text or json.", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var json = new Option<bool>("--json") { Description = "As --output json: one JSON object a line." };
        var check =
            new Command("check",
            "Ask Siro who the organization token is. Exit code 2 when Siro refuses it, 3 when Siro can't be reached.") { organization,
            output, json };
        check.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(
            parsed,
            async (host, writer, token) =>
            {
                var name = parsed.GetValue(organization);
                OrganizationKey[] organizations = name is not null
                    ? [host.Organization(name)]
                    : [.. host.GetRequiredService<ISettings<SiroOptions>>().Current.Organizations.Keys.Select(k => new OrganizationKey(k))];
                CommandFailure? failure = null;
                foreach (var each in organizations)
                {
                    try
                    {
                        var identity = await CallerIdentity.AskAsync(host, each, token);
                        await writer.WriteLineAsync(parsed.GetValue(json)
                            || parsed.GetValue(output) == "json"
                            ? JsonSerializer.Serialize(identity, JsonSerializerOptions.Web)
                            : identity.ToText());
                    }
                    catch (CommandFailure e)
                    {
                        // The others are checked all the same; the first failure is the exit code.
                        failure ??= e;
                        await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
                    }
                }

                if (failure is not null)
                {
                    throw new CommandFailure(failure.ExitCode, $"{organizations.Length} organization(s) checked, not all are in order.");
                }
            },
            cancellationToken));
        return new Command("token", "Organization tokens.") { check };
    }
}

/// <summary>Siro's <c>GET /v1/core/auth/caller-identity</c>.</summary>
internal sealed record CallerIdentity(string Organization, string? TokenId, string? TokenName, string? OrganizationId,
    string? AuthorizedOrgGroupId, string? CreatedAt, string? CreatedBy)
{
    private const string Path = "v1/core/auth/caller-identity";

    /// <summary>Throws <see cref="CommandFailure"/>.</summary>
    public static async Task<CallerIdentity> AskAsync(
        IServiceProvider host, OrganizationKey organization, CancellationToken cancellationToken)
    {
        var request = new SiroRequest
        {
            Organization = organization,
            Host = SiroHost.External,
            Client = ClientName.Gateway,
            Scope = TokenScope.Read,
            Operation = "GET /" + Path,
            Idempotent = true,
        };
        try
        {
            using var json = await host.GetRequiredService<SiroClient>().ReadAsync(request, HttpMethod.Get, Path, null, cancellationToken);
            var root = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data)
                ? data
                : json.RootElement;
            return new CallerIdentity(
                organization.Value, Text(root, "tokenId"), Text(root, "tokenName"), Text(root, "organizationId"),
                Text(root, "authorizedOrgGroupId"), Text(root, "createdAt"), Text(root, "createdBy"));
        }
        catch (ProblemException e)
        {
            throw CommandRun.Of(e.Problem, organization);
        }
    }

    public string ToText() =>
        $"{Organization}: token '{TokenName}' ({TokenId}) of Siro organization {OrganizationId}, created "
            + $"{CreatedAt}{(CreatedBy is null ? "" : $" by user {CreatedBy}")}"
        + (AuthorizedOrgGroupId is null ? "" : $", may act as organization group {AuthorizedOrgGroupId}");

    internal static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
