using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// <c>doctor --contracts</c>: Siro's answers to read operations that the gateway itself uses, compared with the published contract. What is
/// different is a warning: the gateway refuses nothing for it.
/// </summary>
internal static class ContractChecks
{
    private const string Area = "contract";

    public static async Task RunAsync(CheckResults results, bool mintsUserToken, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ServiceProvider host;
        try
        {
            host = CommandHost.Build();
        }
        catch (InvalidConfigurationException e)
        {
            foreach (var error in e.Errors)
            {
                results.Fail("configuration", error.Path, error.What, "Correct it. Nothing else can be checked until then.");
            }

            return;
        }

        await using var _ = host;
        foreach (var (name, options) in host.GetRequiredService<ISettings<SiroOptions>>().Current.Organizations)
        {
            var organization = new OrganizationKey(name);
            Task ExamineAsync(CancellationToken token) =>
                ContractChecks.ExamineAsync(host, organization, options, mintsUserToken, results, token);
            await DoctorCommand.WithinAsync(timeout, Area, $"{organization} time", results, ExamineAsync, cancellationToken);
        }
    }

    private static async Task ExamineAsync(
        ServiceProvider host, OrganizationKey organization, OrganizationOptions options, bool mintsUserToken, CheckResults results,
        CancellationToken cancellationToken)
    {
        var run = new Run(host.GetRequiredService<SiroClient>(), host.GetRequiredService<ContractWatch>(), organization, results);
        await run.ReadAsync(SiroHost.External, "/v1/core/auth/caller-identity", cancellationToken);
        await run.ReadAsync(SiroHost.External, "/v1/core/users", cancellationToken, "pageSize=5");
        var recording = await run.ReadAsync(
            SiroHost.External, "/v1/core/recordings", cancellationToken, "pageSize=5&showCrmLinks=true&showEvaluationScore=true");
        var engagement = await run.ReadAsync(SiroHost.External, "/v1/integrations/engagements", cancellationToken, "pageSize=5");
        await run.ReadOneAsync(SiroHost.External, "/v1/core/recordings/{id}", recording, cancellationToken);
        await run.ReadOneAsync(SiroHost.External, "/v1/integrations/engagements/{id}", engagement, cancellationToken);
        if (options.UsesClientCredentials && !(mintsUserToken && options.Credential == CredentialChoice.Both))
        {
            await run.ReadUserHostsAsync(options, recording, cancellationToken);
            return;
        }

        if (!mintsUserToken)
        {
            results.Ok(
                Area, $"{organization} platform",
                "not examined: it needs a user token, and to mint one is no read operation (--user-token does)");
            return;
        }

        var known = host.GetRequiredService<OrganizationCredentials>();
        var external = known.TryFind(organization, out var credentials) ? credentials.Token : null;
        var user = await host.GetRequiredService<UserTokenLoan>().MintAsync(organization, options, [external], cancellationToken);
        if (user.Credential is null)
        {
            results.Warn(
                Area, $"{organization} platform", "no user token was minted", "Run 'siro-gateway doctor', which says what is in the way.");
            return;
        }

        try
        {
            run.UserToken = user.Credential;
            await run.ReadUserHostsAsync(options, recording, cancellationToken);
        }
        finally
        {
            await user.RevokeAsync();
        }
    }

    /// <summary>One organization's reads.</summary>
    private sealed class Run(SiroClient siro, ContractWatch watch, OrganizationKey organization, CheckResults results)
    {
        /// <summary>What platform and internal are asked with; the organization's own credential when null.</summary>
        public SiroCredential? UserToken { get; set; }

        public async Task ReadUserHostsAsync(OrganizationOptions options, string? recording, CancellationToken cancellationToken)
        {
            await ReadAsync(SiroHost.Platform, "/v1/core/recordings", cancellationToken, "limit=5");
            await ReadOneAsync(SiroHost.Platform, "/v1/core/recordings/{id}", recording, cancellationToken);
            if (options.OrganizationId is { Length: > 0 } id)
            {
                var query = "organizationId=" + Uri.EscapeDataString(id);
                await ReadAsync(SiroHost.Internal, "/v1/core/conversation-configurations", cancellationToken, query);
            }
        }

        /// <summary>Reads one thing of a list, where there was one.</summary>
        public async Task ReadOneAsync(SiroHost host, string template, string? id, CancellationToken cancellationToken)
        {
            if (id is null)
            {
                results.Ok(Area, Subject(host, template), "not checked: the list before it was empty");
                return;
            }

            await ReadAsync(host, template, cancellationToken, id: id);
        }

        /// <summary>Reads, and answers with the id of the first item that can be read by itself.</summary>
        public async Task<string?> ReadAsync(
            SiroHost host, string template, CancellationToken cancellationToken, string? query = null, string? id = null)
        {
            var before = watch.Current.ToDictionary(d => (d.Host, d.Operation, d.What), d => d.Count);
            var request = new SiroRequest
            {
                Organization = organization,
                Host = host,
                Client = ClientName.Gateway,
                Scope = TokenScope.Read,
                Operation = "GET " + template,
                Idempotent = true,
                Credential = host == SiroHost.External ? null : UserToken,
            };
            var path = (id is null ? template : template.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal))
                + (query is null ? "" : "?" + query);
            string? first = null;
            try
            {
                using var answer = await siro.ReadAsync(request, HttpMethod.Get, path, null, cancellationToken);
                first = FirstId(answer.RootElement);
            }
            catch (ProblemException e)
            {
                results.Warn(Area, Subject(host, template), "could not be compared: " + e.Problem.Detail,
                    "Run 'siro-gateway doctor', which says what is in the way.");
                return null;
            }

            var drifts = watch.Current.Where(d => d.Count > before.GetValueOrDefault((d.Host, d.Operation, d.What))).ToList();
            foreach (var drift in drifts)
            {
                results.Warn(Area, Subject(host, template), drift.What,
                    "The gateway refuses nothing for it. Look for a newer one, or ask Siro what has changed.");
            }

            if (drifts.Count == 0)
            {
                results.Ok(Area, Subject(host, template), "as published");
            }

            return first;
        }

        private string Subject(SiroHost host, string template) => $"{organization} {host.Cluster()} GET {template}";

        private static string? FirstId(JsonElement root)
        {
            var data = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var inner) ? inner : root;
            return data.ValueKind != JsonValueKind.Array
                ? null
                : data.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object && !IsGone(i))
                    .Select(i => CallerIdentity.Text(i, "id")).FirstOrDefault();
        }

        /// <summary>Lists go on naming recordings that are deleted, or whose data is; by itself such a one may be unknown.</summary>
        private static bool IsGone(JsonElement item) =>
            (item.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True)
            || CallerIdentity.Text(item, "rootDataPurgedAt") is { Length: > 0 };
    }
}
